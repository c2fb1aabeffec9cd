import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const kept = new Map<string, string>();
const listeners = new Map<string, (event: { key?: string }) => void>();
const fetched: string[] = [];
let online = true;

beforeEach(() => {
  vi.resetModules();
  vi.stubGlobal('navigator', {});
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
  vi.stubGlobal('addEventListener', (kind: string, listener: () => void) => listeners.set(kind, listener));
  vi.stubGlobal('fetch', async (url: string) => {
    fetched.push(url);
    if (!online) throw new TypeError('Failed to fetch');
    return new Response(null, { status: 204 });
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  kept.clear();
  fetched.length = 0;
  online = true;
});

it('removes the refresh token that earlier versions kept', async () => {
  kept.set('luot.refresh', 'secret');
  kept.set('luot.user', 'mark');
  await import('./session');
  expect([...kept]).toEqual([['luot.user', 'mark']]);
  expect(fetched).toEqual([]);
});

it('finishes a log-out at the next load, or when the network is back', async () => {
  kept.set('luot.leaving', 'yes');
  online = false;
  await import('./session');
  await vi.waitFor(() => expect(fetched).toEqual(['/auth/logout']));
  expect(kept.has('luot.leaving')).toBe(true);
  online = true;
  await vi.waitFor(() => {
    listeners.get('online')?.({});
    expect(kept.has('luot.leaving')).toBe(false);
  });
  expect(fetched).toEqual(['/auth/logout', '/auth/logout']);
});

it('goes on as whom another tab has signed in', async () => {
  const { api } = await import('./session');
  kept.set('luot.user', 'new mark');
  const user = { id: 'u', username: 'linh', email: 'l@x.vn', created_at: '' };
  vi.stubGlobal('fetch', async (url: string) => {
    fetched.push(url);
    return Response.json(url === '/auth/refresh' ? { user, access_token: 'a' } : { items: [] });
  });
  listeners.get('storage')?.({ key: 'luot.user' });
  await vi.waitFor(() => expect(fetched).toEqual(['/auth/refresh']));
  await api.get('/feed', {});
  expect(fetched).toEqual(['/auth/refresh', '/feed']);
  expect(kept.get('luot.user')).toBe('new mark');
});

it('asks nothing where another tab has signed out', async () => {
  await import('./session');
  listeners.get('storage')?.({ key: 'luot.user' });
  await new Promise((done) => setTimeout(done));
  expect(fetched).toEqual([]);
});
