import { beforeEach, describe, expect, it } from 'vitest';
import { Client } from './client';
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
  log: string[] = [];
  private issued = 1;

  fetch = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const path = String(url);
    const auth = (init.headers as Record<string, string>).Authorization;
    this.log.push(`${init.method} ${path}${auth ? ` ${auth.slice(7)}` : ''}`);
    await Promise.resolve();
    if (path === '/auth/refresh') {
      if (this.refreshStatus !== 200) return problem(this.refreshStatus, 'unavailable');
      const { 'Luot-Session': mode } = init.headers as Record<string, string>;
      if (!this.cookie || mode !== 'cookie') return problem(401, 'invalid_refresh_token');
      const next = session(++this.issued);
      this.access = next.access_token;
      return Response.json(next);
    }
    if (auth !== undefined && auth !== `Bearer ${this.access}`) return problem(401, 'invalid_token');
    if (path === '/me' && auth === undefined) return problem(401, 'unauthenticated');
    return Response.json(path === '/me' ? user : { items: [], next_cursor: null });
  };

  count(start: string): number {
    return this.log.filter((line) => line.startsWith(start)).length;
  }
}

describe('Client', () => {
  let server: Server;
  let stored: string | null;
  let seen: (Me | null)[];
  let client: Client;

  beforeEach(() => {
    server = new Server();
    stored = null;
    seen = [];
    const vault = { read: () => stored, write: (token: string | null) => void (stored = token) };
    client = new Client(vault, (now) => seen.push(now), server.fetch);
  });

  it('sends no token when nobody is signed in', async () => {
    await client.get('/feed', { query: { limit: 10, cursor: undefined } });
    expect(server.log).toEqual(['GET /feed?limit=10']);
  });

  it('begins with a refresh when a login was kept', async () => {
    stored = user.id;
    await expect(client.get('/me', {})).resolves.toEqual(user);
    expect(server.log).toEqual(['POST /auth/refresh', 'GET /me access2']);
    expect(stored).toBe(user.id);
    expect(seen).toEqual([user]);
  });

  it('refreshes once for all calls that find the token expired', async () => {
    client.adopt(session(1));
    server.access = 'gone';
    await Promise.all([client.get('/me', {}), client.get('/feed', {}), client.get('/me', {})]);
    expect(server.count('POST /auth/refresh')).toBe(1);
    expect(server.count('GET /me access2')).toBe(2);
  });

  it('goes on as nobody where the server ended the login', async () => {
    stored = user.id;
    server.cookie = false;
    await client.get('/feed', {});
    expect(stored).toBeNull();
    expect(seen).toEqual([null]);
    await expect(client.get('/me', {})).rejects.toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(server.count('POST /auth/refresh')).toBe(1);
  });

  it('keeps the login when the server is only in trouble', async () => {
    stored = user.id;
    server.refreshStatus = 503;
    await expect(client.get('/feed', {})).rejects.toMatchObject({ status: 503 });
    expect(stored).toBe(user.id);
    server.refreshStatus = 200;
    await expect(client.get('/feed', {})).resolves.toBeDefined();
  });

  it('tells apart what never arrived', async () => {
    const offline = new Client(
      { read: () => null, write: () => undefined },
      () => undefined,
      () => Promise.reject(new TypeError('Failed to fetch')),
    );
    await expect(offline.get('/feed', {})).rejects.toMatchObject({ status: 0, code: 'network' });
  });

  it('escapes what it puts into a path', async () => {
    await client.get('/users/{username}', { path: { username: 'a/b?c' } });
    expect(server.log).toEqual(['GET /users/a%2Fb%3Fc']);
  });
});
