// What a viewer sees, asked of the page.

/** Waits until a video moves on the screen; returns {title, time, id} of the one that plays. */
export async function playing(page, title) {
  const handle = await page.waitForFunction(
    (wanted) => {
      const slide = document.querySelector('.slide:not([inert])');
      const video = slide?.querySelector('video.shown');
      if (!video || video.paused || video.currentTime < 0.1) return null;
      const found = slide.getAttribute('aria-label');
      if (wanted && found !== wanted) return null;
      return { title: found, time: video.currentTime, id: location.pathname.split('/')[2] };
    },
    title,
    { timeout: 20_000 },
  );
  return handle.jsonValue();
}

/** How many videos move at this moment. Not the one that gets ready unseen to take another's place. */
export function countPlaying(page) {
  return page.evaluate(
    () => [...document.querySelectorAll('video.shown')].filter((video) => !video.paused).length,
  );
}

/** Waits until the video after the one on the screen shows its first frame. */
export async function nextIsReady(page) {
  await page.waitForFunction(
    () => document.querySelector('.slide:not([inert]) + .slide video.shown')?.readyState >= 3,
    null,
    { timeout: 20_000 },
  );
}

/** A finger moves up the screen, as for the next video. */
export async function swipe(page) {
  const client = await page.context().newCDPSession(page);
  const touch = (type, ...touchPoints) => client.send('Input.dispatchTouchEvent', { type, touchPoints });
  await touch('touchStart', { x: 180, y: 600 });
  for (let y = 580; y > 150; y -= 20) await touch('touchMove', { x: 180, y });
  await touch('touchEnd');
  await client.detach();
}

/**
 * To be run in the page before its own scripts: notes in `window.seen` when frames were shown. `swipes` are the
 * milliseconds from a key to the next video's first frame that moves.
 */
export function noteFrames() {
  const seen = { firstFrame: null, swipes: [], stalls: 0, shifts: 0 };
  window.seen = seen;
  let pressed = null;
  addEventListener('keydown', (event) => event.key === 'ArrowDown' && (pressed = performance.now()), true);
  const onFrame = () => {
    seen.firstFrame ??= performance.now();
    if (pressed !== null) seen.swipes.push(performance.now() - pressed);
    pressed = null;
  };
  // Media events do not bubble, but can be captured.
  addEventListener('playing', ({ target }) => target.requestVideoFrameCallback(onFrame), true);
  addEventListener(
    'waiting',
    ({ target }) => target.currentTime > 0.2 && !target.seeking && seen.stalls++,
    true,
  );
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.shifts += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
}
