import { encodeId, type Id } from '../base/ids.js';
import { Mac } from '../base/mac.js';
import { BoundedMap } from '../base/bounded_map.js';
import { unixSeconds } from '../base/time.js';
import { settings } from '../settings.js';

const WINDOW_SECONDS = 3 * 3600;
const PLAY_HEAD_BYTES = 12;
const PLAY_MAC_BYTES = 16;

const media = new Mac('media');
const plays = new Mac('play token');

/** All viewers of a window share a URL. */
export function mediaWindow(): number {
  return Math.floor(unixSeconds() / WINDOW_SECONDS);
}

/** "{edge}/{token}/" before the keys of a revision's files. */
export function signedBase(video: Id, rev: string, window: number): string {
  const expiry = (window + 2) * WINDOW_SECONDS;
  const head = Buffer.alloc(4);
  head.writeUInt32BE(expiry);
  const signature = media.sign(`videos/${encodeId(video)}/${rev}/\n${expiry}`);
  return `http://127.0.0.1:${settings.port}/${Buffer.concat([head, signature]).toString('base64url')}/`;
}

const issued = new BoundedMap<Id, { second: number; token: string }>(8192);

/** Says in which second a video was handed out. */
export function issuePlayToken(video: Id): string {
  const second = unixSeconds();
  let latest = issued.get(video);
  if (latest?.second !== second) {
    latest = { second, token: makePlayToken(video, second) };
    issued.set(video, latest);
  }
  return latest.token;
}

function makePlayToken(video: Id, second: number): string {
  const token = Buffer.allocUnsafe(PLAY_HEAD_BYTES + PLAY_MAC_BYTES);
  token.writeUInt32BE(second);
  token.writeBigUInt64BE(BigInt(video), 4);
  plays.sign(token.subarray(0, PLAY_HEAD_BYTES)).copy(token, PLAY_HEAD_BYTES, 0, PLAY_MAC_BYTES);
  return token.toString('base64url');
}

const known = new BoundedMap<string, { video: Id; issued: number }>(100_000);

/** The second of issue, or nothing where the token is not ours or another video's. */
export function playTokenIssuedAt(token: string, video: Id): number | undefined {
  let read = known.get(token);
  if (!read) {
    const bytes = Buffer.from(token, 'base64url');
    const head = bytes.subarray(0, PLAY_HEAD_BYTES);
    if (bytes.length !== PLAY_HEAD_BYTES + PLAY_MAC_BYTES) return undefined;
    if (!plays.verify(head, bytes.subarray(PLAY_HEAD_BYTES))) return undefined;
    read = { video: head.readBigUInt64BE(4).toString(), issued: head.readUInt32BE(0) };
    known.set(token, read);
  }
  return read.video === video ? read.issued : undefined;
}
