import { Mac } from '../base/mac.js';
import { invalidCursor } from './problem.js';

const mac = new Mac('cursor');
const MAC_BYTES = 16;

/** `context` names the list and its filters; it is signed, not carried. */
export function sealCursor(context: string, position: string): string {
  const signature = mac.sign(`${context}\0${position}`).subarray(0, MAC_BYTES);
  return Buffer.concat([signature, Buffer.from(position)]).toString('base64url');
}

export function openCursor(context: string, cursor: string): string {
  const bytes = Buffer.from(cursor, 'base64url');
  const position = bytes.toString('latin1', MAC_BYTES);
  if (!mac.verify(`${context}\0${position}`, bytes.subarray(0, MAC_BYTES))) throw invalidCursor();
  return position;
}

/** A place in a list that is ordered by time, as PostgreSQL tells it, and then by id, both descending. */
export interface Keyset {
  time: string;
  id: string;
}

export const NEWEST: Keyset = { time: 'infinity', id: (2n ** 63n - 1n).toString() };

export function sealKeyset(context: string, last: Keyset): string {
  return sealCursor(context, `${last.time}|${last.id}`);
}

export function openKeyset(context: string, cursor: string): Keyset {
  const [time, id] = openCursor(context, cursor).split('|');
  return { time: time!, id: id! };
}
