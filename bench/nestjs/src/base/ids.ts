import { randomInt } from 'node:crypto';

/** As PostgreSQL tells and takes a bigint: in decimal. Clients see eleven characters of base62. */
export type Id = string;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PAIRS = [...ALPHABET].flatMap((first) => [...ALPHABET].map((second) => first + second));
const LIMB = 1e9;
const EPOCH_SECONDS = 1_704_067_200; // 2024-01-01
const LARGEST = 2n ** 63n - 1n;

/** Division by hand, two characters at a time, in numbers that doubles hold: BigInt costs ten times as much. */
export function encodeId(id: Id): string {
  let high = id.length > 9 ? Number(id.slice(0, -9)) : 0;
  let low = Number(id.slice(-9));
  let text = '';
  for (let i = 0; i < 5; i++) {
    const rest = high % 3844;
    high = (high - rest) / 3844;
    const middle = rest * LIMB + low;
    const digits = middle % 3844;
    low = (middle - digits) / 3844;
    text = PAIRS[digits]! + text;
  }
  return ALPHABET[low]! + text;
}

function digitsOf(text: string): number {
  let number = 0;
  for (const character of text) number = number * 62 + ALPHABET.indexOf(character);
  return number;
}

export function decodeId(text: string): Id | undefined {
  if (!/^[0-9A-Za-z]{11}$/.test(text)) return undefined;
  const id = BigInt(digitsOf(text.slice(0, 5))) * 62n ** 6n + BigInt(digitsOf(text.slice(5)));
  return id <= LARGEST ? id.toString() : undefined;
}

/** Seconds, then 32 random bits: ids sort by age and cannot be enumerated. */
export function randomId(): Id {
  const seconds = Math.floor(Date.now() / 1000) - EPOCH_SECONDS;
  return ((BigInt(seconds) << 32n) | BigInt(randomInt(2 ** 32))).toString();
}

/** An array of bigint, as PostgreSQL reads one. */
export function idList(ids: Iterable<Id>): string {
  return `{${[...ids].join(',')}}`;
}
