const PATIENCE = 20_000; // ms for the new source to get ready

/**
 * Brings `next` to the moment of the video where `old` is, so that it can take its place unnoticed: it gets ready a
 * little ahead and starts when `old` comes there. False when it cannot, or is not wanted any more.
 */
export async function alignment(
  old: HTMLVideoElement,
  next: HTMLVideoElement,
  unwanted: () => boolean,
): Promise<boolean> {
  const until = performance.now() + PATIENCE;
  const wait = (done: () => boolean) => frames(done, () => unwanted() || performance.now() > until);
  const ready = () => !next.seeking && next.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;

  if (!(await wait(ready))) return false;
  for (let lead = 0.3; runs(old); lead *= 2) {
    const from = old.currentTime;
    // What would begin beyond the end begins with the next round.
    const at = from + lead < old.duration - 0.3 ? from + lead : 0;
    next.currentTime = at;
    if (!(await wait(ready))) return false;
    const late = at > 0 && (old.currentTime > at || old.currentTime < from);
    if (late) continue;
    const reached = () => (at > 0 ? old.currentTime >= at - 0.02 : old.currentTime < from);
    if (!(await wait(() => reached() || !runs(old)))) return false;
    if (!runs(old)) break;
    return start(next);
  }
  next.currentTime = old.currentTime;
  if (!(await wait(ready))) return false;
  return old.paused || start(next);
}

/** False when it is paused, or has nothing to go on with. */
function runs(el: HTMLVideoElement): boolean {
  return !el.paused && !el.error && el.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
}

async function start(el: HTMLVideoElement): Promise<boolean> {
  try {
    await el.play(); // Muted, so nobody objects.
    await frame(el);
    return true;
  } catch {
    return false;
  }
}

/** Looks once a frame until `done`; false when `stop` is first. A hidden page draws no frames, and so waits. */
async function frames(done: () => boolean, stop: () => boolean): Promise<boolean> {
  while (!done()) {
    if (stop()) return false;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  return !stop();
}

function frame(el: HTMLVideoElement): Promise<unknown> {
  if (!('requestVideoFrameCallback' in el)) return Promise.resolve();
  // No frame comes where the page was hidden meanwhile.
  return Promise.race([
    new Promise((resolve) => el.requestVideoFrameCallback(resolve)),
    new Promise((resolve) => setTimeout(resolve, 500)),
  ]);
}
