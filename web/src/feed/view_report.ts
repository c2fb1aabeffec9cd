import type { ViewResult } from '../api/types';

type Send = (watchedMs: number) => Promise<ViewResult>;

/** How long a video must be watched to count, as the server sees it. */
export function viewThresholdMs(durationSeconds: number | null): number {
  return durationSeconds === null ? 3000 : Math.min(3000, durationSeconds * 500);
}

/**
 * Measures how long an element really plays, reports the view once it counts, and the whole time at the end. Returns how
 * to stop.
 */
export function trackView(el: HTMLVideoElement, duration: number | null, send: Send): () => void {
  let watched = 0;
  let last: number | null = null;
  let reported = false;

  const report = async (mayRetry: boolean) => {
    try {
      const answer = await send(Math.round(watched));
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
    last = el.paused ? null : now;
    if (!reported && watched >= viewThresholdMs(duration)) {
      reported = true;
      void report(true);
    }
  };
  const stall = () => {
    tick();
    last = null;
  };
  const run = () => (last = performance.now());

  const events: [string, () => void][] = [
    ['playing', run],
    ['timeupdate', tick],
    ['pause', stall],
    ['waiting', stall],
  ];
  for (const [name, listener] of events) el.addEventListener(name, listener);
  return () => {
    for (const [name, listener] of events) el.removeEventListener(name, listener);
    tick();
    if (reported) void report(false);
  };
}
