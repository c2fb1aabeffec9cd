import { ApiError, isPassing } from '../api/errors';

export type Pause = (ms: number) => Promise<void>;

const FIRST = 1000;
const LONGEST = 30_000;
const LIMIT = 15 * 60_000;

export function passes(e: unknown): boolean {
  return e instanceof ApiError && isPassing(e.status);
}

/**
 * Waits between tries, longer each time and as long as the server asks for, until that sums up to a quarter of an
 * hour in which nothing moved. It counts what it waited and no clock: a machine may sleep in between.
 */
export class Patience {
  private wait = FIRST;
  private waited = 0;

  constructor(private readonly pause: Pause) {}

  /** Something moved: what went wrong before does not count any more. */
  moved(): void {
    this.wait = FIRST;
    this.waited = 0;
  }

  /** Waits before the next try, or throws what went wrong where waiting is over. */
  async bear(e: unknown): Promise<void> {
    const asked = e instanceof ApiError && e.retryAfter !== null ? e.retryAfter * 1000 : 0;
    const wait = Math.max(this.wait, asked);
    if (this.waited + wait > LIMIT) throw e;
    this.waited += wait;
    this.wait = Math.min(this.wait * 2, LONGEST);
    await this.pause(wait);
  }

  /** Does the work, again and again while only passing trouble is in its way. */
  async through<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (e) {
        if (!passes(e)) throw e;
        await this.bear(e);
      }
    }
  }
}

/**
 * Ends early, and well, when it is called off: what comes next sees to that. And when the network is back; without one
 * it does not end at all, for no try could succeed.
 */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      removeEventListener('online', end);
      done();
    };
    const timer = setTimeout(() => navigator.onLine !== false && end(), ms);
    signal.addEventListener('abort', end);
    addEventListener('online', end);
  });
}
