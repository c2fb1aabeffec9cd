import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runUpload, type UploadState } from './upload_job';

vi.mock('../session', async () => {
  const { Client } = await import('../api/client');
  const vault = {
    read: () => null,
    write: () => undefined,
    leaving: () => false,
    setLeaving: () => undefined,
  };
  return { api: new Client(vault, () => undefined) };
});

interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Answers each call as its script says, and when that has run out, as all is well. */
class Server {
  log: string[] = [];
  script: Record<string, Answer[]> = {};

  take(call: string): Answer {
    this.log.push(call);
    return this.script[call]?.shift() ?? { status: 200, body: WELL[call] };
  }

  fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { status, body, headers } = this.take(`${init.method} ${url}`);
    if (status === 0) throw new TypeError('Failed to fetch');
    return new Response(status === 204 ? null : JSON.stringify(body ?? {}), { status, headers });
  };

  count(call: string): number {
    return this.log.filter((line) => line === call).length;
  }
}

const CREATE = 'POST /videos/upload';
const PUT = 'PUT http://store/file';
const COMPLETE = 'POST /videos/v1/upload/complete';
const ABORT = 'DELETE /videos/v1/upload';
const WELL: Record<string, unknown> = {
  [CREATE]: {
    video: { id: 'v1' },
    upload: {
      kind: 'single',
      method: 'PUT',
      url: 'http://store/file',
      headers: { 'Content-Type': 'video/mp4' },
    },
  },
  [COMPLETE]: { id: 'v1', status: 'processing' },
  'GET /videos/v1': { id: 'v1', status: 'ready' },
};

let server: Server;

class Request {
  upload: { onprogress?: (event: { loaded: number }) => void } = {};
  status = 0;
  responseText = '';
  onload = () => undefined;
  onerror = () => undefined;
  onabort = () => undefined;
  onloadend = () => undefined;
  private call = '';
  private over = false;
  private headers: Record<string, string> = {};

  open = (method: string, url: string) => void (this.call = `${method} ${url}`);
  setRequestHeader = () => undefined;
  getResponseHeader = (name: string) => this.headers[name] ?? null;

  send(body: Blob): void {
    const { status, headers = {} } = server.take(this.call);
    if (status === SILENT) return;
    queueMicrotask(() => {
      this.upload.onprogress?.({ loaded: body.size });
      Object.assign(this, { status, headers });
      this.end(status === 0 ? this.onerror : this.onload);
    });
  }

  abort = () => this.end(this.onabort);

  private end(how: () => void): void {
    if (this.over) return;
    this.over = true;
    how();
    this.onloadend();
  }
}

const SILENT = -1;
const draft = {
  file: new File(['0123456789'], 'a.mp4', { type: 'video/mp4' }),
  title: 'A',
  description: '',
  visibility: 'public' as const,
};

describe('runUpload', () => {
  let states: UploadState[];
  let abort: AbortController;

  beforeEach(() => {
    vi.useFakeTimers();
    server = new Server();
    states = [];
    abort = new AbortController();
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => server.fetch(url, init));
    vi.stubGlobal('XMLHttpRequest', Request);
  });

  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  /** Runs for as long as that takes; the answer is how it ended, and after how many milliseconds. */
  async function run(): Promise<{ error: unknown; took: number }> {
    const begun = Date.now();
    let end: { error: unknown; took: number } | undefined;
    const ended = (error: unknown) => (end = { error, took: Date.now() - begun });
    runUpload(draft, abort.signal, (state) => states.push(state)).then(() => ended(null), ended);
    while (!end) await vi.advanceTimersByTimeAsync(100);
    return end;
  }

  const times = (n: number, answer: Answer) => Array.from({ length: n }, () => answer);

  it('sends, completes and watches', async () => {
    await expect(run()).resolves.toMatchObject({ error: null });
    expect(server.log.slice(0, 3)).toEqual([CREATE, PUT, COMPLETE]);
    expect(states.at(-1)).toEqual({ step: 'done', video: { id: 'v1', status: 'ready' } });
    expect(states).not.toContainEqual(expect.objectContaining({ waiting: true }));
  });

  it.each([0, 408, 425, 429, 503])('sends a single file again after %i', async (status) => {
    server.script[PUT] = times(3, { status });
    const { error, took } = await run();
    expect(error).toBeNull();
    expect(took).toBeGreaterThanOrEqual(1000 + 2000 + 4000);
    expect(server.count(PUT)).toBe(4);
    expect(server.count(ABORT)).toBe(0);
    expect(states).toContainEqual({ step: 'sending', percent: 100, waiting: true });
  });

  it('sends again what has stood still', async () => {
    server.script[PUT] = [{ status: SILENT }];
    expect((await run()).error).toBeNull();
    expect(server.count(PUT)).toBe(2);
  });

  it('does not lose a sent file because it may not complete yet', async () => {
    server.script[COMPLETE] = times(3, { status: 429, headers: { 'Retry-After': '20' } });
    const { error, took } = await run();
    expect(error).toBeNull();
    expect(took).toBeGreaterThanOrEqual(3 * 20_000);
    expect(server.count(COMPLETE)).toBe(4);
    expect(server.count(PUT)).toBe(1);
    expect(server.count(ABORT)).toBe(0);
  });

  it('waits for the server as it says where the file goes, too', async () => {
    server.script[PUT] = [{ status: 503, headers: { 'Retry-After': '50' } }];
    const { error, took } = await run();
    expect(error).toBeNull();
    expect(took).toBeGreaterThanOrEqual(50_000);
  });

  it.each([
    [PUT, 0],
    [COMPLETE, 503],
    [COMPLETE, 409],
  ])('leaves to the server what it has when %s ends in %i', async (call, status) => {
    server.script[call] = times(1000, { status });
    expect((await run()).error).toMatchObject({ status });
    expect(server.count(ABORT)).toBe(0);
  });

  it.each([PUT, COMPLETE])(
    'gives up the upload, at once, when its user does while %s fails',
    async (call) => {
      server.script[call] = times(1000, { status: 429, headers: { 'Retry-After': '300' } });
      setTimeout(() => abort.abort(), 5000);
      const { error, took } = await run();
      expect(error).toMatchObject({ name: 'AbortError' });
      expect(took).toBeLessThan(6000);
      expect(server.count(ABORT)).toBe(1);
    },
  );
});
