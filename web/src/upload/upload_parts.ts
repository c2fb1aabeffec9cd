import { ApiError } from '../api/errors';
import type { SignedPart } from '../api/types';
import { passes, Patience, type Pause } from './patience';

export interface PartPlan {
  part_size: number;
  part_count: number;
  /** What the server has already. */
  arrived?: number[];
}

/** What sending needs of the world: URLs, a way to PUT, what has arrived, and time. */
export interface PartSender {
  sign(numbers: number[]): Promise<SignedPart[]>;
  put(part: SignedPart, body: Blob, onBytes: (sent: number) => void): Promise<void>;
  received(): Promise<number[]>;
  pause: Pause;
}

const AT_ONCE = 3;
const SIGNED_AT_ONCE = 10;

/**
 * Sends a file in parts, a few at once. Where one fails, or its URL has expired, the server is asked what it has, and
 * the rest goes on from there, for as long as more arrives now and then.
 */
export async function sendParts(
  file: Blob,
  plan: PartPlan,
  sender: PartSender,
  signal: AbortSignal,
  onPercent: (percent: number) => void,
): Promise<void> {
  const sent = new Map<number, number>();
  const tell = (number: number, bytes: number) => {
    sent.set(number, bytes);
    const sum = [...sent.values()].reduce((a, b) => a + b, 0);
    onPercent(Math.floor((100 * sum) / file.size));
  };
  const cut = (number: number) => file.slice((number - 1) * plan.part_size, number * plan.part_size);

  const before = new Set(plan.arrived);
  const all = Array.from({ length: plan.part_count }, (_, i) => i + 1);
  for (const number of before) tell(number, cut(number).size);
  let missing = all.filter((number) => !before.has(number));
  const patience = new Patience(sender.pause);
  for (;;) {
    try {
      return await sendAll(missing);
    } catch (e) {
      if (signal.aborted || !worthAnotherTry(e)) throw e;
      await look();
      await patience.bear(e);
    }
  }

  async function look(): Promise<void> {
    const arrived = new Set(await patience.through(() => sender.received()));
    const still = missing.filter((number) => !arrived.has(number));
    if (still.length < missing.length) patience.moved();
    missing = still;
    for (const number of missing) tell(number, 0);
  }

  async function sendAll(numbers: number[]): Promise<void> {
    for (let i = 0; i < numbers.length; i += SIGNED_AT_ONCE) {
      signal.throwIfAborted();
      const queue = await patience.through(() => sender.sign(numbers.slice(i, i + SIGNED_AT_ONCE)));
      const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => drain(queue)));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    }
  }

  async function drain(queue: SignedPart[]): Promise<void> {
    for (let part = queue.shift(); part; part = queue.shift()) {
      signal.throwIfAborted();
      const { number } = part;
      const body = cut(number);
      await sender.put(part, body, (bytes) => tell(number, bytes));
      tell(number, body.size);
    }
  }
}

/** Passing trouble, or a URL that has expired: a new one helps. What is not this user's (forbidden) stays so. */
function worthAnotherTry(e: unknown): boolean {
  return passes(e) || (e instanceof ApiError && e.status === 403 && e.code !== 'forbidden');
}
