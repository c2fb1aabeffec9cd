import { ApiError } from '../api/errors';
import type { SignedPart } from '../api/types';

export interface PartPlan {
  part_size: number;
  part_count: number;
}

/** What sending needs of the world: URLs, a way to PUT, what has arrived, and time. */
export interface PartSender {
  sign(numbers: number[]): Promise<SignedPart[]>;
  put(part: SignedPart, body: Blob, onBytes: (sent: number) => void): Promise<void>;
  received(): Promise<number[]>;
  pause(ms: number): Promise<void>;
}

const AT_ONCE = 3;
const SIGNED_AT_ONCE = 10;
const ROUNDS = 8;

/**
 * Sends a file in parts, a few at once. A part that fails is tried again; where one fails for good, or its URL has
 * expired, the server is asked what it has, and the rest goes on from there.
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

  let missing = Array.from({ length: plan.part_count }, (_, i) => i + 1);
  for (let round = 1; ; round++) {
    try {
      return await sendAll(missing);
    } catch (e) {
      if (signal.aborted || !worthAnotherTry(e) || round === ROUNDS) throw e;
      await sender.pause(Math.min(1000 * 2 ** round, 30_000));
    }
    const arrived = new Set(await stubbornly(() => sender.received(), sender));
    missing = missing.filter((number) => !arrived.has(number));
    for (const number of missing) tell(number, 0);
  }

  async function sendAll(numbers: number[]): Promise<void> {
    for (let i = 0; i < numbers.length; i += SIGNED_AT_ONCE) {
      signal.throwIfAborted();
      const queue = await sender.sign(numbers.slice(i, i + SIGNED_AT_ONCE));
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

/** Passing trouble of the network or the server, or a URL that has expired: a new one helps. */
function worthAnotherTry(e: unknown): boolean {
  return e instanceof ApiError && (e.status === 0 || e.status === 403 || e.status === 429 || e.status >= 500);
}

async function stubbornly<T>(work: () => Promise<T>, sender: PartSender): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return await work();
    } catch (e) {
      if (!worthAnotherTry(e) || round === ROUNDS) throw e;
      await sender.pause(Math.min(1000 * 2 ** round, 30_000));
    }
  }
}
