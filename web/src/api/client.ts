import { isPassing, networkError, problemError, type ApiError } from './errors';
import { readEvents } from './events';
import type { Input, Me, Output, PathOf, ProcessingState, Session } from './types';
import type { paths } from './schema';

/**
 * Where it outlives the page, and is the same in all tabs, that somebody is signed in. The refresh token itself is in a
 * cookie that no script can read; the mark spares those who are not signed in a refresh that must fail, and is another
 * one for each login.
 */
export interface Vault {
  read(): string | null;
  write(mark: string | null): void;
  /** Whether the server has not heard of a log-out yet, so that the cookie is still good. */
  leaving(): boolean;
  setLeaving(leaving: boolean): void;
}

// The server answers all calls well within this; a path that died would keep them waiting for a quarter of an hour.
const ANSWER = 60_000;

interface Parts {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
  signal?: AbortSignal;
  keepalive?: boolean;
}

/**
 * Calls the API as the contract describes it. The access token is kept in memory only; when it is missing or
 * refused, one refresh is made for all calls that wait for it, and each call is tried once more.
 */
export class Client {
  private access: string | null = null;
  private flight: Promise<void> | null = null;
  private parting: Promise<void> | null = null;
  private entering = 0;

  constructor(
    private readonly vault: Vault,
    private readonly onUser: (user: Me | null) => void,
    private readonly fetcher: typeof fetch = (...args) => fetch(...args),
    /** Does what changes the cookie, in no two tabs at once. */
    private readonly alone: <T>(work: () => Promise<T>) => Promise<T> = (work) => work(),
  ) {}

  get<P extends PathOf<'get'>>(path: P, input: Input<paths[P]['get']>): Promise<Output<paths[P]['get']>> {
    return this.call('GET', path, input) as Promise<Output<paths[P]['get']>>;
  }

  /** With `keepalive` the call outlives the page. */
  post<P extends PathOf<'post'>>(
    path: P,
    input: Input<paths[P]['post']>,
    keepalive = false,
  ): Promise<Output<paths[P]['post']>> {
    return this.call('POST', path, { ...input, keepalive }) as Promise<Output<paths[P]['post']>>;
  }

  patch<P extends PathOf<'patch'>>(
    path: P,
    input: Input<paths[P]['patch']>,
  ): Promise<Output<paths[P]['patch']>> {
    return this.call('PATCH', path, input) as Promise<Output<paths[P]['patch']>>;
  }

  delete<P extends PathOf<'delete'>>(
    path: P,
    input: Input<paths[P]['delete']>,
  ): Promise<Output<paths[P]['delete']>> {
    return this.call('DELETE', path, input) as Promise<Output<paths[P]['delete']>>;
  }

  /** A video's processing as it goes on, until there is no more to tell or the server has to stop. */
  async *follow(id: string, signal: AbortSignal): AsyncGenerator<{ event: string; state: ProcessingState }> {
    const response = await this.fetch('GET', '/videos/{id}/events', { path: { id }, signal });
    if (!response.body) return;
    for await (const { event, data } of readEvents(response.body)) {
      yield { event, state: data as ProcessingState };
    }
  }

  /** Takes the answer of register or login into use. */
  adopt(session: Session): void {
    this.vault.write(newMark());
    this.vault.setLeaving(false); // The cookie of before is replaced.
    this.use(session);
  }

  /** Forgets the login at once. Tells whether the server has heard of it; if not, settle() goes on trying. */
  async logout(): Promise<boolean> {
    if (this.vault.read() !== null) this.vault.setLeaving(true);
    this.forget();
    await this.settle();
    return !this.vault.leaving();
  }

  /** Tells the server of a log-out that it has not heard of. Where that fails, the next call does it. */
  settle(): Promise<void> {
    // Never beside a login: the answer would take away the new cookie.
    if (!this.vault.leaving() || this.entering > 0) return Promise.resolve();
    this.parting ??= this.part().finally(() => (this.parting = null));
    return this.parting;
  }

  /** Goes on as who is signed in by now: another tab has signed in or out. */
  async rejoin(): Promise<void> {
    this.access = null;
    if (this.vault.read() === null) this.forget();
    // Where it fails, the next call does it.
    else await this.refresh().catch(() => undefined);
  }

  forget(): void {
    this.access = null;
    this.vault.write(null);
    this.onUser(null);
  }

  private use(session: Session): void {
    this.access = session.access_token;
    this.onUser(session.user);
  }

  private async call(method: string, template: string, parts: Parts): Promise<unknown> {
    await this.settle();
    const entering = template === '/auth/login' || template === '/auth/register';
    if (entering) this.entering++;
    try {
      const response = await this.fetch(method, template, parts);
      return response.status === 204 ? undefined : await response.json();
    } finally {
      if (entering) this.entering--;
    }
  }

  private async fetch(method: string, template: string, parts: Parts): Promise<Response> {
    const authorized = !template.startsWith('/auth/');
    if (authorized && !this.access && this.vault.read()) await this.refresh();
    const used = authorized ? this.access : null;
    let response = await this.send(method, template, parts, used);
    if (response.status === 401 && used) {
      // Another call may have refreshed while this one was under way.
      if (this.access === used) await this.refresh();
      response = await this.send(method, template, parts, this.access);
    }
    if (!response.ok) throw await failure(response);
    return response;
  }

  private refresh(): Promise<void> {
    this.flight ??= this.alone(() => this.renew()).finally(() => (this.flight = null));
    return this.flight;
  }

  private async renew(): Promise<void> {
    const mark = this.vault.read();
    if (!mark) return this.forget();
    const response = await this.send('POST', '/auth/refresh', { body: {} }, null);
    const session = response.ok ? ((await response.json()) as Session) : null;
    // Somebody logged out or signed in meanwhile, here or in another tab: this answer is of the login before.
    if (this.vault.read() !== mark) return this.renew();
    if (session) return this.use(session);
    // Only a refusal ends the login; a server in trouble does not.
    if (response.status !== 401 && response.status !== 422) throw await failure(response);
    this.forget();
  }

  private async part(): Promise<void> {
    // A refresh under way would bring a newer cookie than the one that was sent.
    await this.flight?.catch(() => undefined);
    const leave = () => this.send('POST', '/auth/logout', { body: {} }, null);
    const response = await this.alone(leave).catch(() => null);
    if (response && !isPassing(response.status)) this.vault.setLeaving(false);
  }

  private async send(
    method: string,
    template: string,
    parts: Parts,
    token: string | null,
  ): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (template.startsWith('/auth/') || template === '/viewers') headers['Luot-Session'] = 'cookie';
    if (parts.body !== undefined) headers['Content-Type'] = 'application/json';
    const body = parts.body === undefined ? null : JSON.stringify(parts.body);
    const stop = new AbortController();
    parts.signal?.addEventListener('abort', () => stop.abort());
    if (parts.signal?.aborted) stop.abort();
    const timer = setTimeout(() => stop.abort(), ANSWER);
    try {
      return await this.fetcher(address(template, parts), {
        method,
        headers,
        body,
        signal: stop.signal,
        keepalive: parts.keepalive ?? false,
      });
    } catch {
      throw networkError();
    } finally {
      clearTimeout(timer);
    }
  }
}

/** No secret: it only has to differ from that of any other login. */
function newMark(): string {
  return Math.random().toString(36).slice(2);
}

async function failure(response: Response): Promise<ApiError> {
  return problemError(response.status, await response.text(), response.headers.get('Retry-After'));
}

function address(template: string, { path = {}, query = {} }: Parts): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, String(value));
  }
  return search.size > 0 ? `${filled}?${search}` : filled;
}
