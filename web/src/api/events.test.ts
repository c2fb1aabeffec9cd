import { describe, expect, it } from 'vitest';
import { eventData } from './events';

const streamOf = (...pieces: Uint8Array[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });

async function all(body: ReadableStream<Uint8Array>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const data of eventData(body)) found.push(data);
  return found;
}

describe('eventData', () => {
  const text =
    'retry: 2000\n\nevent: a\ndata: {"n":1}\n\n: still here\n\nevent: b\ndata: {"t":"sẵn sàng"}\n\n';
  const bytes = new TextEncoder().encode(text);
  const wanted = [{ n: 1 }, { t: 'sẵn sàng' }];

  it('takes the data and leaves the rest', async () => {
    expect(await all(streamOf(bytes))).toEqual(wanted);
  });

  it('does not mind where pieces end', async () => {
    expect(await all(streamOf(...[...bytes].map((byte) => new Uint8Array([byte]))))).toEqual(wanted);
  });

  it('waits for the end of a line that is broken off', async () => {
    expect(await all(streamOf(bytes.slice(0, bytes.length - 5)))).toEqual(wanted.slice(0, 1));
  });

  it('lets go of the stream when nobody listens any more', async () => {
    let canceled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes),
      cancel: () => void (canceled = true),
    });
    for await (const data of eventData(endless)) {
      expect(data).toEqual({ n: 1 });
      break;
    }
    expect(canceled).toBe(true);
  });
});
