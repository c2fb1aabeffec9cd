import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { tapListener, wheelListener } from './gestures';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const tapAt = (timeStamp: number, x = 100, detail = 1) =>
  ({ timeStamp, clientX: x, clientY: 100, detail }) as MouseEvent;

it('takes a tap for one when no second comes', () => {
  const [single, double] = [vi.fn(), vi.fn()];
  const tap = tapListener(single, double);
  tap(tapAt(0));
  expect(single).not.toHaveBeenCalled();
  vi.advanceTimersByTime(300);
  expect(single).toHaveBeenCalledOnce();
  expect(double).not.toHaveBeenCalled();
});

it('takes two near each other for a pair, and each further one for another', () => {
  const [single, double] = [vi.fn(), vi.fn()];
  const tap = tapListener(single, double);
  for (const at of [0, 150, 300]) tap(tapAt(at, 100, 1 + at / 150));
  vi.advanceTimersByTime(1000);
  expect(double).toHaveBeenCalledTimes(2);
  expect(single).not.toHaveBeenCalled();
});

it('takes two at different places, or long after each other, for two', () => {
  const [single, double] = [vi.fn(), vi.fn()];
  const tap = tapListener(single, double);
  tap(tapAt(0, 10));
  vi.advanceTimersByTime(300);
  tap(tapAt(300, 10));
  vi.advanceTimersByTime(100);
  tap(tapAt(400, 200));
  vi.advanceTimersByTime(300);
  expect(double).not.toHaveBeenCalled();
  expect(single).toHaveBeenCalledTimes(2);
});

it('does not wait for a second press of a key', () => {
  const single = vi.fn();
  tapListener(single, vi.fn())(tapAt(0, 0, 0));
  expect(single).toHaveBeenCalledOnce();
});

function turn(events: [at: number, deltaY: number][]): number[] {
  const steps: number[] = [];
  const wheel = wheelListener((direction) => steps.push(direction));
  for (const [timeStamp, deltaY] of events) {
    wheel({ timeStamp, deltaY, ctrlKey: false, preventDefault: () => undefined } as WheelEvent);
  }
  return steps;
}

it('goes one video a turn of the wheel', () => {
  expect(
    turn([
      [0, 100],
      [600, 100],
      [1200, -100],
    ]),
  ).toEqual([1, 1, -1]);
});

it('goes one video a swipe on a trackpad, however long it runs out', () => {
  const swipe = Array.from({ length: 60 }, (_, i): [number, number] => [i * 16, 120 * 0.93 ** i]);
  expect(turn(swipe)).toEqual([1]);
});

it('leaves zooming to the browser', () => {
  const step = vi.fn();
  const preventDefault = vi.fn();
  wheelListener(step)({ timeStamp: 0, deltaY: 100, ctrlKey: true, preventDefault } as unknown as WheelEvent);
  expect(step).not.toHaveBeenCalled();
  expect(preventDefault).not.toHaveBeenCalled();
});
