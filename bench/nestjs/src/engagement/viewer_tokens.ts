import { randomBytes } from 'node:crypto';
import { BoundedMap } from '../base/bounded_map.js';
import { Mac } from '../base/mac.js';

const IDENTITY_BYTES = 16;
const MAC_BYTES = 16;

const mac = new Mac('viewer');
const verified = new BoundedMap<string, string>(100_000);
const networks = new BoundedMap<string, string>(100_000);

/** Tells viewers apart who are not signed in. */
export function issueViewerToken(): string {
  const identity = randomBytes(IDENTITY_BYTES);
  return Buffer.concat([identity, mac.sign(identity).subarray(0, MAC_BYTES)]).toString('base64url');
}

/** The identity, or nothing where the token is not ours. */
export function viewerOf(token: string): string | undefined {
  const known = verified.get(token);
  if (known) return known;
  const bytes = Buffer.from(token, 'base64url');
  const identity = bytes.subarray(0, IDENTITY_BYTES);
  if (bytes.length !== IDENTITY_BYTES + MAC_BYTES || !mac.verify(identity, bytes.subarray(IDENTITY_BYTES)))
    return undefined;
  const viewer = identity.toString('base64url');
  verified.set(token, viewer);
  return viewer;
}

/** Addresses are kept nowhere: a keyed hash stands for each. */
export function networkOf(address: string): string {
  let network = networks.get(address);
  if (!network) {
    network = mac.sign(address).toString('base64url', 0, MAC_BYTES);
    networks.set(address, network);
  }
  return network;
}
