import { afterEach, describe, expect, it, vi } from 'vitest';
import { readEvents } from './events';

const streamOf = (...pieces: Uint8Array[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });

async function all(body: ReadableStream<Uint8Array>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const event of readEvents(body)) found.push(event);
  return found;
}

describe('readEvents', () => {
  afterEach(() => void vi.useRealTimers());

  const text =
    'retry: 2000\n\nevent: a\ndata: {"n":1}\n\n: still here\n\nevent: b\ndata: {"t":"sẵn sàng"}\n\n';
  const bytes = new TextEncoder().encode(text);
  const wanted = [
    { event: 'a', data: { n: 1 } },
    { event: 'b', data: { t: 'sẵn sàng' } },
  ];

  it('takes names and data and leaves the rest', async () => {
    expect(await all(streamOf(bytes))).toEqual(wanted);
  });

  it('does not mind where pieces end', async () => {
    expect(await all(streamOf(...[...bytes].map((byte) => new Uint8Array([byte]))))).toEqual(wanted);
  });

  it('waits for the end of a line that is broken off', async () => {
    expect(await all(streamOf(bytes.slice(0, bytes.length - 5)))).toEqual(wanted.slice(0, 1));
  });

  it('ends where the stream falls silent without being closed', async () => {
    vi.useFakeTimers();
    let canceled = false;
    let say: (text: string) => void = () => undefined;
    const dying = new ReadableStream<Uint8Array>({
      start: (controller) => {
        say = (text) => controller.enqueue(new TextEncoder().encode(text));
      },
      cancel: () => {
        canceled = true;
        return new Promise(() => undefined); // Who is gone answers this no more than anything else.
      },
    });
    let found: unknown[] | null = null;
    void all(dying).then((data) => (found = data));
    say('data: {"n":1}\n\n');
    for (let i = 0; i < 4; i++) {
      await vi.advanceTimersByTimeAsync(30_000);
      say(': still here\n\n');
    }
    await vi.advanceTimersByTimeAsync(39_000);
    expect([found, canceled]).toEqual([null, false]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([found, canceled]).toEqual([[{ event: 'message', data: { n: 1 } }], true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets go of the stream when nobody listens any more', async () => {
    let canceled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes),
      cancel: () => void (canceled = true),
    });
    for await (const event of readEvents(endless)) {
      expect(event).toEqual({ event: 'a', data: { n: 1 } });
      break;
    }
    expect(canceled).toBe(true);
  });
});
