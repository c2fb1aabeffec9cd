import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isSame, type Kept } from './kept';
import { beginUpload, resumeUpload, type UploadState } from './upload_job';

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
const LOOK = 'GET /videos/v1/upload';
const WELL: Record<string, unknown> = {
  [CREATE]: {
    video: { id: 'v1' },
    upload: {
      kind: 'single',
      method: 'PUT',
      url: 'http://store/file',
      expires_at: '2999-01-01T00:00:00Z',
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
  let online: () => void;
  let begun: Kept | undefined;

  beforeEach(() => {
    vi.useFakeTimers();
    server = new Server();
    states = [];
    begun = undefined;
    abort = new AbortController();
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => server.fetch(url, init));
    vi.stubGlobal('XMLHttpRequest', Request);
    vi.stubGlobal('navigator', { onLine: true });
    vi.stubGlobal(
      'addEventListener',
      (kind: string, back: () => void) => kind === 'online' && (online = back),
    );
    vi.stubGlobal('removeEventListener', () => undefined);
  });

  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  /** Runs for as long as that takes; the answer is how it ended, and after how many milliseconds. */
  async function ended(work: Promise<void>): Promise<{ error: unknown; took: number }> {
    const begun = Date.now();
    let end: { error: unknown; took: number } | undefined;
    const note = (error: unknown) => (end = { error, took: Date.now() - begun });
    work.then(() => note(null), note);
    while (!end) await vi.advanceTimersByTimeAsync(100);
    return end;
  }

  const job = () => ({ signal: abort.signal, show: (state: UploadState) => void states.push(state) });
  const run = () => ended(beginUpload(draft, 'u1', job(), (kept) => void (begun = kept)));
  const resume = (file: File | null) => {
    expect(begun).toBeDefined();
    return ended(resumeUpload(begun!, file, job()));
  };

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

  it('waits for the network for as long as there is none, and no longer', async () => {
    server.script[PUT] = [{ status: 0 }];
    vi.stubGlobal('navigator', { onLine: false });
    setTimeout(() => online(), 3_600_000);
    const { error, took } = await run();
    expect(error).toBeNull();
    expect(took).toBeGreaterThanOrEqual(3_600_000);
    expect(took).toBeLessThan(3_602_000);
    expect(server.count(PUT)).toBe(2);
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
    },
  );

  it('takes back what was called off while the server was told of it', async () => {
    const fetched = server.fetch;
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
      if (url === '/videos/upload') abort.abort();
      return fetched(url, init);
    });
    expect((await run()).error).toBeNull();
    expect(server.log).toEqual([CREATE, ABORT]);
  });

  it('knows its own file again', async () => {
    await run();
    expect(await isSame(draft.file, begun!)).toBe(true);
    expect(await isSame(new File(['0123456789'], 'renamed.mov'), begun!)).toBe(true);
    expect(await isSame(new File(['0123456780'], 'a.mp4'), begun!)).toBe(false);
    expect(await isSame(new File(['01234567890'], 'a.mp4'), begun!)).toBe(false);
  });

  describe('taken up again', () => {
    const open = { kind: 'single', status: 'open', received: [] };
    beforeEach(async () => {
      server.script[PUT] = [{ status: 409 }];
      await run();
      server.log = [];
      states = [];
    });

    it('asks for the file that is missing', async () => {
      server.script[LOOK] = [{ status: 200, body: open }];
      expect((await resume(null)).error).toBeNull();
      expect(states.at(-1)).toEqual({ step: 'interrupted', kept: begun });
    });

    it('sends the file to where it was to go', async () => {
      server.script[LOOK] = [{ status: 200, body: open }];
      expect((await resume(draft.file)).error).toBeNull();
      expect(server.log.slice(0, 3)).toEqual([LOOK, PUT, COMPLETE]);
    });

    it('only completes what has all arrived', async () => {
      server.script[LOOK] = [{ status: 200, body: { ...open, received: [{ number: 1, size: 10 }] } }];
      expect((await resume(null)).error).toBeNull();
      expect(server.log.slice(0, 2)).toEqual([LOOK, COMPLETE]);
      expect(states.at(-1)).toMatchObject({ step: 'done' });
    });

    it('only watches what is completed', async () => {
      server.script[LOOK] = [{ status: 200, body: { ...open, status: 'completed' } }];
      expect((await resume(null)).error).toBeNull();
      expect(server.count(COMPLETE)).toBe(0);
      expect(states.at(-1)).toMatchObject({ step: 'done' });
    });

    it('says that it is too late', async () => {
      server.script[LOOK] = [{ status: 200, body: { ...open, status: 'expired' } }];
      expect((await resume(draft.file)).error).toMatchObject({ status: 410, code: 'upload_expired' });
      vi.setSystemTime(Date.parse('2999-01-02T00:00:00Z'));
      server.script[LOOK] = [{ status: 200, body: open }];
      expect((await resume(draft.file)).error).toMatchObject({ status: 410 });
    });

    it('bears a server in trouble', async () => {
      server.script[LOOK] = [{ status: 503 }, { status: 0 }, { status: 200, body: open }];
      expect((await resume(draft.file)).error).toBeNull();
    });
  });
});
