import { describe, expect, it } from 'vitest';
import { ApiError, networkError } from '../api/errors';
import type { SignedPart } from '../api/types';
import { sendParts, type PartSender } from './upload_parts';

const PLAN = { part_size: 10, part_count: 25 };
const FILE = new Blob(['0123456789'.repeat(24) + 'end']);

/** A store that fails as it is told: number -> the errors of its next PUTs. */
class Store implements PartSender {
  stored = new Map<number, string>();
  failures = new Map<number, ApiError[]>();
  puts: number[] = [];
  signed: number[][] = [];
  asked = 0;
  pauses: number[] = [];
  atOnce = 0;
  mostAtOnce = 0;

  sign = async (numbers: number[]): Promise<SignedPart[]> => {
    this.signed.push(numbers);
    return numbers.map((number) => ({
      number,
      method: 'PUT',
      url: `http://store/${number}`,
      headers: { 'Content-Type': 'video/mp4' },
      expires_at: '2030-01-01T00:00:00Z',
    }));
  };

  put = async (part: SignedPart, body: Blob, onBytes: (sent: number) => void): Promise<void> => {
    this.puts.push(part.number);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    await Promise.resolve();
    this.atOnce--;
    onBytes(body.size / 2);
    const failure = this.failures.get(part.number)?.shift();
    if (failure) throw failure;
    this.stored.set(part.number, await body.text());
  };

  received = async (): Promise<number[]> => {
    this.asked++;
    return [...this.stored.keys()];
  };

  pause = async (ms: number): Promise<void> => void this.pauses.push(ms);

  whole(): string {
    return [...this.stored]
      .sort(([a], [b]) => a - b)
      .map(([, text]) => text)
      .join('');
  }
}

function send(store: Store, signal = new AbortController().signal, percents: number[] = []): Promise<void> {
  return sendParts(FILE, PLAN, store, signal, (percent) => percents.push(percent));
}

describe('sendParts', () => {
  it('sends every part once, a few at a time', async () => {
    const store = new Store();
    const percents: number[] = [];
    await send(store, undefined, percents);
    expect(store.whole()).toBe(await FILE.text());
    expect(store.puts.length).toBe(25);
    expect(store.mostAtOnce).toBeGreaterThan(1);
    expect(store.mostAtOnce).toBeLessThanOrEqual(3);
    expect(store.signed.map((numbers) => numbers.length)).toEqual([10, 10, 5]);
    expect(percents.at(-1)).toBe(100);
    expect(Math.max(...percents)).toBe(100);
  });

  it('goes on from what the server has, when parts fail', async () => {
    const store = new Store();
    store.failures.set(3, [networkError(), new ApiError(503, 'storage_full', '')]);
    store.failures.set(17, [new ApiError(403, 'upload_url_invalid', 'expired')]);
    await send(store);
    expect(store.whole()).toBe(await FILE.text());
    expect(store.puts.filter((number) => number === 3).length).toBe(3);
    expect(store.puts.filter((number) => number === 1).length).toBe(1);
    expect(store.asked).toBe(2);
  });

  it('sends only what has not arrived', async () => {
    const store = new Store();
    const percents: number[] = [];
    const arrived = [1, 2, 3, 25];
    await sendParts(FILE, { ...PLAN, arrived }, store, new AbortController().signal, (percent) =>
      percents.push(percent),
    );
    expect(store.puts).not.toContain(3);
    expect(store.puts.length).toBe(21);
    expect(percents.at(-1)).toBe(100);
    expect(percents[3]).toBe(Math.floor((100 * 33) / 243));
  });

  it('asks again where the server does not answer', async () => {
    const store = new Store();
    store.failures.set(1, [networkError()]);
    const received = store.received;
    let failed = 0;
    store.received = async () => {
      if (failed++ < 2) throw networkError();
      return received();
    };
    await send(store);
    expect(store.whole()).toBe(await FILE.text());
  });

  it('gives up on what another try cannot mend', async () => {
    const store = new Store();
    store.failures.set(2, [new ApiError(409, 'upload_closed', '')]);
    await expect(send(store)).rejects.toMatchObject({ code: 'upload_closed' });
    expect(store.asked).toBe(0);
    store.sign = () => Promise.reject(new ApiError(403, 'forbidden', ''));
    await expect(send(store)).rejects.toMatchObject({ code: 'forbidden' });
    expect(store.pauses).toEqual([]);
  });

  it('gives up when nothing has arrived for a quarter of an hour', async () => {
    const store = new Store();
    store.failures.set(2, Array.from({ length: 1000 }, networkError));
    await expect(send(store)).rejects.toMatchObject({ code: 'network' });
    const waited = store.pauses.reduce((a, b) => a + b, 0);
    expect(waited).toBeGreaterThan(14 * 60_000);
    expect(waited).toBeLessThanOrEqual(15 * 60_000);
  });

  it('bears any number of troubles while more arrives', async () => {
    const store = new Store();
    for (const number of Array.from({ length: 25 }, (_, i) => i + 1)) {
      store.failures.set(number, Array.from({ length: 10 }, networkError));
    }
    await send(store);
    expect(store.whole()).toBe(await FILE.text());
    expect(store.pauses.reduce((a, b) => a + b, 0)).toBeGreaterThan(15 * 60_000);
    expect(store.pauses.lastIndexOf(1000)).toBeGreaterThan(10);
  });

  it.each([408, 425, 429, 500])('tries again after %i', async (status) => {
    const store = new Store();
    store.failures.set(4, [new ApiError(status, 'x', '')]);
    await send(store);
    expect(store.whole()).toBe(await FILE.text());
  });

  it('waits for as long as the server asks for', async () => {
    const store = new Store();
    store.failures.set(4, [new ApiError(429, 'rate_limited', '', {}, 45)]);
    await send(store);
    expect(store.pauses).toEqual([45_000]);
  });

  it('stops when it is told to', async () => {
    const store = new Store();
    const abort = new AbortController();
    const put = store.put;
    store.put = async (part, body, onBytes) => {
      if (part.number === 5) abort.abort();
      await put(part, body, onBytes);
    };
    await expect(send(store, abort.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(store.puts.length).toBeLessThan(10);
  });
});
