const DOUBLE = 260; // ms between the taps of a pair
const NEAR = 40; // px

/** Tells one tap from two. One counts when no second has come; from the second on, each counts as another pair. */
export function tapListener(single: () => void, double: (event: MouseEvent) => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let before: { x: number; y: number; at: number } | null = null;
  return (event: MouseEvent) => {
    // From the keyboard, or a screen reader: nothing to wait for.
    if (event.detail === 0) return single();
    const { clientX: x, clientY: y, timeStamp: at } = event;
    const pair = before && at - before.at < DOUBLE && Math.hypot(x - before.x, y - before.y) < NEAR;
    before = { x, y, at };
    clearTimeout(timer);
    if (pair) double(event);
    else timer = setTimeout(single, DOUBLE);
  };
}

const CALM = 140; // ms without an event after which the wheel has come to rest
const STEP = 400; // ms between two videos, at least

/** One video a turn of the wheel or a swipe on a trackpad, however long its run out goes on. */
export function wheelListener(step: (direction: 1 | -1) => void) {
  let lastEvent = -Infinity;
  let lastStep = -Infinity;
  let lastSize = 0;
  return (event: WheelEvent) => {
    if (event.ctrlKey) return; // zooms
    event.preventDefault();
    const size = Math.abs(event.deltaY);
    const fresh = event.timeStamp - lastEvent > CALM || size > lastSize * 1.5;
    const due = event.timeStamp - lastStep > STEP;
    lastEvent = event.timeStamp;
    lastSize = size;
    if (!fresh || !due || size < 4) return;
    lastStep = event.timeStamp;
    step(event.deltaY > 0 ? 1 : -1);
  };
}
