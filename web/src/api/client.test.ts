import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Client, type Vault } from './client';
import type { Me, Session } from './types';

const user: Me = { id: '0aB3dE5fG7h', username: 'linh', email: 'l@x.vn', created_at: '2025-03-01T07:00:00Z' };
const session = (n: number): Session => ({
  user,
  access_token: `access${n}`,
  refresh_token: null,
  token_type: 'Bearer',
  expires_in: 900,
});
const problem = (status: number, code: string) =>
  Response.json({ type: 'about:blank', title: '', status, code, detail: code, request_id: 'r' }, { status });

/** A server that takes one access token at a time, and knows the browser by its cookie or not. */
class Server {
  access = 'access1';
  cookie = true;
  refreshStatus = 200;
  logoutStatus = 204;
  /** What happens elsewhere while the answer for a path is on its way. */
  meanwhile: ((path: string) => void | Promise<void>) | undefined;
  log: string[] = [];
  private issued = 1;

  fetch = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const path = String(url);
    const headers = init.headers as Record<string, string>;
    const auth = headers.Authorization;
    this.log.push(`${init.method} ${path}${auth ? ` ${auth.slice(7)}` : ''}`);
    await Promise.resolve();
    const answer = path.startsWith('/auth/') ? this.login(path, headers) : this.call(path, auth);
    await this.meanwhile?.(path);
    return answer;
  };

  private call(path: string, auth: string | undefined): Response {
    if (auth !== undefined && auth !== `Bearer ${this.access}`) return problem(401, 'invalid_token');
    if (path === '/me' && auth === undefined) return problem(401, 'unauthenticated');
    return Response.json(path === '/me' ? user : { items: [], next_cursor: null });
  }

  private login(path: string, headers: Record<string, string>): Response {
    const status =
      path === '/auth/logout' ? this.logoutStatus : path === '/auth/refresh' ? this.refreshStatus : 200;
    if (status === 0) throw new TypeError('Failed to fetch');
    if (status >= 400) return problem(status, 'unavailable');
    if (headers['Luot-Session'] !== 'cookie') return problem(422, 'invalid_fields');
    if (path === '/auth/refresh' && !this.cookie) return problem(401, 'invalid_refresh_token');
    this.cookie = path !== '/auth/logout';
    if (!this.cookie) return new Response(null, { status });
    const next = session(++this.issued);
    this.access = next.access_token;
    return Response.json(next);
  }

  count(start: string): number {
    return this.log.filter((line) => line.startsWith(start)).length;
  }
}

describe('Client', () => {
  let server: Server;
  let stored: string | null;
  let leaving: boolean;
  let vault: Vault;
  let seen: (Me | null)[];
  let client: Client;

  beforeEach(() => {
    server = new Server();
    stored = null;
    leaving = false;
    seen = [];
    vault = {
      read: () => stored,
      write: (mark) => void (stored = mark),
      leaving: () => leaving,
      setLeaving: (now) => void (leaving = now),
    };
    client = new Client(vault, (now) => seen.push(now), server.fetch);
  });

  it('sends no token when nobody is signed in', async () => {
    await client.get('/feed', { query: { limit: 10, cursor: undefined } });
    expect(server.log).toEqual(['GET /feed?limit=10']);
  });

  it('begins with a refresh when a login was kept', async () => {
    stored = 'mark';
    await expect(client.get('/me', {})).resolves.toEqual(user);
    expect(server.log).toEqual(['POST /auth/refresh', 'GET /me access2']);
    expect(stored).toBe('mark');
    expect(seen).toEqual([user]);
  });

  it('refreshes once for all calls that find the token expired', async () => {
    client.adopt(session(1));
    server.access = 'gone';
    await Promise.all([client.get('/me', {}), client.get('/feed', {}), client.get('/me', {})]);
    expect(server.count('POST /auth/refresh')).toBe(1);
    expect(server.count('GET /me access2')).toBe(2);
  });

  it('changes the cookie in no two tabs at once', async () => {
    let held = 0;
    let most = 0;
    let queue = Promise.resolve();
    const alone = <T>(work: () => Promise<T>): Promise<T> => {
      const turn = queue.then(async () => {
        most = Math.max(most, ++held);
        return work().finally(() => held--);
      });
      queue = turn.then(
        () => undefined,
        () => undefined,
      );
      return turn;
    };
    stored = 'mark';
    const tabs = [1, 2].map(() => new Client(vault, () => undefined, server.fetch, alone));
    const during: number[] = [];
    server.meanwhile = (path) => void (path.startsWith('/auth/') && during.push(held));
    await Promise.all(tabs.map((tab) => tab.rejoin()));
    await tabs[0]?.logout();
    expect(server.count('POST /auth/refresh')).toBe(2);
    expect(during).toEqual([1, 1, 1]);
    expect(most).toBe(1);
  });

  it('goes on as whoever is signed in by now', async () => {
    stored = 'mark';
    await client.get('/feed', {});
    stored = 'another mark';
    await client.rejoin();
    expect(server.count('POST /auth/refresh')).toBe(2);
    stored = null;
    await client.rejoin();
    expect(seen.at(-1)).toBeNull();
    await client.get('/feed', {});
    expect(server.log.at(-1)).toBe('GET /feed');
  });

  it('goes on as nobody where the server ended the login', async () => {
    stored = 'mark';
    server.cookie = false;
    await client.get('/feed', {});
    expect(stored).toBeNull();
    expect(seen).toEqual([null]);
    await expect(client.get('/me', {})).rejects.toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(server.count('POST /auth/refresh')).toBe(1);
  });

  it('keeps the login when the server is only in trouble', async () => {
    stored = 'mark';
    server.refreshStatus = 503;
    await expect(client.get('/feed', {})).rejects.toMatchObject({ status: 503 });
    expect(stored).toBe('mark');
    server.refreshStatus = 200;
    await expect(client.get('/feed', {})).resolves.toBeDefined();
  });

  it('tells apart what never arrived', async () => {
    const offline = new Client(
      vault,
      () => undefined,
      () => Promise.reject(new TypeError('Failed to fetch')),
    );
    await expect(offline.get('/feed', {})).rejects.toMatchObject({ status: 0, code: 'network' });
  });

  it('escapes what it puts into a path', async () => {
    await client.get('/users/{username}', { path: { username: 'a/b?c' } });
    expect(server.log).toEqual(['GET /users/a%2Fb%3Fc']);
  });

  it('gives up on a server that never answers', async () => {
    vi.useFakeTimers();
    const silent = new Client(
      vault,
      () => undefined,
      (_, init) =>
        new Promise((_, fail) => init?.signal?.addEventListener('abort', () => fail(init.signal?.reason))),
    );
    const answer = expect(silent.get('/feed', {})).rejects.toMatchObject({ status: 0, code: 'network' });
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    await answer;
  });

  it('tells when the server wants to be asked again', async () => {
    const answer = (after: string) =>
      new Client(
        vault,
        () => undefined,
        async () => new Response('', { status: 429, headers: { 'Retry-After': after } }),
      ).get('/feed', {});
    await expect(answer('7')).rejects.toMatchObject({ status: 429, retryAfter: 7 });
    await expect(answer('Wed, 21 Oct 2026 07:28:00 GMT')).rejects.toMatchObject({ retryAfter: null });
  });

  describe('where logins change', () => {
    it('logs out here and at the server', async () => {
      client.adopt(session(1));
      await expect(client.logout()).resolves.toBe(true);
      expect([stored, leaving, server.cookie]).toEqual([null, false, false]);
      expect(seen.at(-1)).toBeNull();
    });

    it('asks nothing of the server where nobody is signed in', async () => {
      await expect(client.logout()).resolves.toBe(true);
      expect(server.log).toEqual([]);
    });

    it.each([0, 429, 503])('finishes a log-out that met %i before the next call', async (status) => {
      client.adopt(session(1));
      server.logoutStatus = status;
      await expect(client.logout()).resolves.toBe(false);
      expect([stored, leaving]).toEqual([null, true]);
      await client.get('/feed', {});
      expect(leaving).toBe(true);
      server.logoutStatus = 204;
      server.log = [];
      await Promise.all([client.get('/feed', {}), client.get('/feed', {})]);
      expect(server.log).toEqual(['POST /auth/logout', 'GET /feed', 'GET /feed']);
      expect([leaving, server.cookie]).toEqual([false, false]);
    });

    it('finishes a log-out after the page was loaded anew', async () => {
      leaving = true;
      await client.settle();
      expect([leaving, server.cookie]).toEqual([false, false]);
      await client.settle();
      expect(server.log).toEqual(['POST /auth/logout']);
    });

    it('takes an answer that no other try changes for the end of a log-out', async () => {
      leaving = true;
      server.logoutStatus = 401;
      await client.settle();
      expect(leaving).toBe(false);
    });

    it('never logs out what was signed in after the log-out', async () => {
      client.adopt(session(1));
      server.logoutStatus = 0;
      await client.logout();
      const body = { email: user.email, password: 'secret' };
      server.meanwhile = async (path) => {
        if (path !== '/auth/login') return;
        server.logoutStatus = 204;
        await client.settle(); // The network is back while the login is under way.
      };
      client.adopt(await client.post('/auth/login', { body }));
      await client.get('/feed', {});
      expect(leaving).toBe(false);
      expect(server.cookie).toBe(true);
    });

    it('does not come back by a refresh that was under way', async () => {
      stored = 'mark';
      server.meanwhile = (path) => void (path === '/auth/refresh' && (stored = null));
      await client.get('/feed', {});
      expect(stored).toBeNull();
      expect(seen).toEqual([null]);
      expect(server.log.at(-1)).toBe('GET /feed');
    });

    it('sends a log-out only after the refresh that is under way', async () => {
      stored = 'mark';
      let left: Promise<boolean> | undefined;
      server.meanwhile = (path) => void (path === '/auth/refresh' && (left = client.logout()));
      await client.get('/feed', {});
      await expect(left).resolves.toBe(true);
      expect(server.log).toEqual(['POST /auth/refresh', 'GET /feed', 'POST /auth/logout']);
      expect(seen).not.toContainEqual(user);
      expect(server.cookie).toBe(false);
      expect(stored).toBeNull();
    });

    it('marks each login apart, also those of one user', () => {
      client.adopt(session(1));
      const first = stored;
      client.adopt(session(1));
      expect(first).not.toBeNull();
      expect(stored).not.toBe(first);
    });

    it('goes on with what the same user signed in meanwhile in another tab', async () => {
      client.adopt(session(1));
      server.access = 'gone';
      server.cookie = false;
      const other = new Client(vault, () => undefined, server.fetch);
      server.meanwhile = (path) => {
        if (path !== '/auth/refresh') return;
        server.meanwhile = undefined;
        other.adopt(session(1));
        server.cookie = true;
      };
      await expect(client.get('/me', {})).resolves.toEqual(user);
      expect(stored).not.toBeNull();
      expect(seen).not.toContain(null);
      expect(server.count('POST /auth/refresh')).toBe(2);
    });
  });
});
