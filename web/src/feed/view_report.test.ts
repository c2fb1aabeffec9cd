import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { completionMs, trackView, viewThresholdMs } from './view_report';

it.each([
  [60, 3000],
  [6, 3000],
  [4, 2000],
  [0.5, 250],
  [null, 3000],
])('a video of %s s counts after %d ms', (duration, ms) => expect(viewThresholdMs(duration)).toBe(ms));

it('is watched whole after 95 % of it', () => expect(completionMs(10)).toBe(9500));

describe('trackView', () => {
  let page: EventTarget & { visibilityState?: string };
  let player: { events: EventTarget; paused: boolean };
  let sent: [number, boolean][];
  const send = (ms: number, leaving: boolean) => {
    sent.push([ms, leaving]);
    return Promise.resolve({ counted: true, view_count: 1 });
  };

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
    page = new EventTarget();
    vi.stubGlobal('document', page);
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
    vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
    player = { events: new EventTarget(), paused: false };
    sent = [];
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const tell = (name: string) => player.events.dispatchEvent(new Event(name));
  const play = (ms: number) => {
    tell('playing');
    for (let passed = 0; passed < ms; passed += 250) {
      vi.advanceTimersByTime(250);
      tell('timeupdate');
    }
  };

  it('reports the threshold, the completion and the end', () => {
    const stop = trackView(player, 8, send);
    play(2750);
    expect(sent).toEqual([]);
    play(9250);
    stop();
    expect(sent).toEqual([
      [3000, false],
      [7750, false],
      [12000, false],
    ]);
  });

  it('counts no time in which nothing moves', () => {
    trackView(player, 20, send);
    play(2000);
    tell('waiting');
    vi.advanceTimersByTime(5000);
    play(750);
    expect(sent).toEqual([]);
    play(250);
    expect(sent).toEqual([[3000, false]]);
  });

  it('says nothing of what was left before it counted', () => {
    const stop = trackView(player, 20, send);
    play(1500);
    page.dispatchEvent(new Event('pagehide'));
    stop();
    expect(sent).toEqual([]);
  });

  it('has a last word when the page goes away, and only one', () => {
    trackView(player, 20, send);
    play(4000);
    page.visibilityState = 'hidden';
    page.dispatchEvent(new Event('visibilitychange'));
    page.dispatchEvent(new Event('pagehide'));
    expect(sent).toEqual([
      [3000, false],
      [4000, true],
    ]);
  });

  it('asks again when the server found it too soon', async () => {
    const answers = [{ counted: false, reason: 'too_soon' as const, retry_after_ms: 400, view_count: 0 }];
    trackView(player, 20, (ms, leaving) => {
      void send(ms, leaving);
      return Promise.resolve(answers.shift() ?? { counted: true, view_count: 1 });
    });
    play(3000);
    await vi.advanceTimersByTimeAsync(400);
    expect(sent).toHaveLength(2);
  });
});
