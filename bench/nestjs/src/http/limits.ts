import { settings } from '../settings.js';

interface Rate {
  burst: number;
  interval: number; // milliseconds
}

const RATES = {
  read: { burst: 300, interval: 20 },
  write: { burst: 60, interval: 500 },
  register: { burst: 10, interval: 60_000 },
  view: { burst: 60, interval: 1000 },
  like: { burst: 60, interval: 500 },
  comment: { burst: 20, interval: 3000 },
} satisfies Record<string, Rate>;

export type RateKind = keyof typeof RATES;

export interface RateState {
  allowed: boolean;
  limit: number;
  remaining: number;
  reset: number; // seconds, as the next
  retryAfter: number;
}

/** GCRA: when the bucket of each sender is full again is all that is kept. */
export class Limits {
  private readonly fullAt = new Map<string, number>();

  constructor() {
    setInterval(() => this.forgetFull(), 10_000).unref();
  }

  take(kind: RateKind, sender: string): RateState {
    const burst = RATES[kind].burst * settings.rateFactor;
    const interval = RATES[kind].interval / settings.rateFactor;
    const capacity = burst * interval;
    const key = `${kind}|${sender}`;
    const now = performance.now();
    const full = Math.max(this.fullAt.get(key) ?? now, now);
    const next = full + interval;
    const allowed = next - now <= capacity;
    if (allowed) this.fullAt.set(key, next);
    const left = (allowed ? next : full) - now;
    return {
      allowed,
      limit: burst,
      remaining: Math.floor((capacity - left) / interval),
      reset: Math.ceil(left / 1000),
      retryAfter: allowed ? 0 : Math.ceil((next - now - capacity) / 1000),
    };
  }

  private forgetFull(): void {
    const now = performance.now();
    for (const [key, full] of this.fullAt) if (full <= now) this.fullAt.delete(key);
  }
}
