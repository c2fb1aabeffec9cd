import type { ViewResult } from '../api/types';

/** `leaving`: the page is going away, and the report must outlive it. */
type Send = (watchedMs: number, leaving: boolean) => Promise<ViewResult>;

export interface Watched {
  /** playing, timeupdate, pause, waiting */
  events: EventTarget;
  paused: boolean;
}

/** How long a video must be watched to count, as the server sees it. */
export function viewThresholdMs(durationSeconds: number | null): number {
  return durationSeconds === null ? 3000 : Math.min(3000, durationSeconds * 500);
}

/** From when on it counts as watched whole, as the server sees it. */
export function completionMs(durationSeconds: number | null): number {
  return durationSeconds === null ? Infinity : durationSeconds * 950;
}

/**
 * Measures how long a video really plays. Reports the view once it counts, the completion, and the whole time at the
 * end: when the person goes on, or leaves the page. Returns how to stop.
 */
export function trackView(player: Watched, duration: number | null, send: Send): () => void {
  let watched = 0;
  let last: number | null = null;
  let told = 0;
  const marks = [viewThresholdMs(duration), completionMs(duration)];

  const report = async (leaving: boolean, mayRetry = false) => {
    told = Math.round(watched);
    try {
      const answer = await send(told, leaving);
      if (mayRetry && answer.reason === 'too_soon' && answer.retry_after_ms !== undefined) {
        // Goes on after a swipe to the next video: the watching is done.
        setTimeout(() => void report(false), answer.retry_after_ms);
      }
    } catch {
      // A lost view is no reason to disturb who watches.
    }
  };
  const tick = () => {
    const now = performance.now();
    if (last !== null) watched += now - last;
    last = player.paused ? null : now;
    const next = marks[0];
    if (next === undefined || watched < next) return;
    marks.shift();
    void report(false, marks.length === 1);
  };
  const stall = () => {
    tick();
    last = null;
  };
  const run = () => (last = performance.now());
  // Who has not reached the threshold has seen nothing that counts.
  const lastWords = (leaving: boolean) => {
    tick();
    if (told > 0 && watched - told >= 250) void report(leaving);
  };
  const leave = () => lastWords(true);
  const hide = () => document.visibilityState === 'hidden' && lastWords(true);

  const events: [string, () => void][] = [
    ['playing', run],
    ['timeupdate', tick],
    ['pause', stall],
    ['waiting', stall],
  ];
  for (const [name, listener] of events) player.events.addEventListener(name, listener);
  // Phones may end a hidden page without another word.
  addEventListener('pagehide', leave);
  document.addEventListener('visibilitychange', hide);
  return () => {
    for (const [name, listener] of events) player.events.removeEventListener(name, listener);
    removeEventListener('pagehide', leave);
    document.removeEventListener('visibilitychange', hide);
    lastWords(false);
  };
}
