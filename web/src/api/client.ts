import { networkError, problemError } from './errors';
import { eventData } from './events';
import type { Input, Me, Output, PathOf, ProcessingState, Session } from './types';
import type { paths } from './schema';

/**
 * Where it outlives the page that somebody is signed in, and who. The refresh token itself is in a cookie that no
 * script can read; this mark spares those who are not signed in a refresh that must fail.
 */
export interface Vault {
  read(): string | null;
  write(userId: string | null): void;
}

interface Parts {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
  signal?: AbortSignal;
}

/**
 * Calls the API as the contract describes it. The access token is kept in memory only; when it is missing or
 * refused, one refresh is made for all calls that wait for it, and each call is tried once more.
 */
export class Client {
  private access: string | null = null;
  private flight: Promise<void> | null = null;

  constructor(
    private readonly vault: Vault,
    private readonly onUser: (user: Me | null) => void,
    private readonly fetcher: typeof fetch = (...args) => fetch(...args),
  ) {}

  get<P extends PathOf<'get'>>(path: P, input: Input<paths[P]['get']>): Promise<Output<paths[P]['get']>> {
    return this.call('GET', path, input) as Promise<Output<paths[P]['get']>>;
  }

  post<P extends PathOf<'post'>>(path: P, input: Input<paths[P]['post']>): Promise<Output<paths[P]['post']>> {
    return this.call('POST', path, input) as Promise<Output<paths[P]['post']>>;
  }

  delete<P extends PathOf<'delete'>>(
    path: P,
    input: Input<paths[P]['delete']>,
  ): Promise<Output<paths[P]['delete']>> {
    return this.call('DELETE', path, input) as Promise<Output<paths[P]['delete']>>;
  }

  /** A video's processing as it goes on, until there is no more to tell or the server has to stop. */
  async *follow(id: string, signal: AbortSignal): AsyncGenerator<ProcessingState> {
    const response = await this.fetch('GET', '/videos/{id}/events', { path: { id }, signal });
    if (response.body) yield* eventData(response.body) as AsyncGenerator<ProcessingState>;
  }

  /** Takes the answer of register, login or refresh into use. */
  adopt(session: Session): void {
    this.access = session.access_token;
    this.vault.write(session.user.id);
    this.onUser(session.user);
  }

  async logout(): Promise<void> {
    const signedIn = this.vault.read() !== null;
    this.forget();
    if (signedIn) await this.post('/auth/logout', { body: {} });
  }

  forget(): void {
    this.access = null;
    this.vault.write(null);
    this.onUser(null);
  }

  private async call(method: string, template: string, parts: Parts): Promise<unknown> {
    const response = await this.fetch(method, template, parts);
    return response.status === 204 ? undefined : response.json();
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
    if (!response.ok) throw problemError(response.status, await response.text());
    return response;
  }

  private refresh(): Promise<void> {
    this.flight ??= this.renew().finally(() => (this.flight = null));
    return this.flight;
  }

  private async renew(): Promise<void> {
    const mark = this.vault.read();
    if (!mark) return this.forget();
    const response = await this.send('POST', '/auth/refresh', { body: {} }, null);
    if (response.ok) return this.adopt((await response.json()) as Session);
    // Only a refusal ends the login; a server in trouble does not.
    if (response.status !== 401 && response.status !== 422) {
      throw problemError(response.status, await response.text());
    }
    // Another tab may have signed in meanwhile: that is not ours to drop.
    if (this.vault.read() === mark) this.forget();
    else this.access = null;
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
    try {
      return await this.fetcher(address(template, parts), {
        method,
        headers,
        body,
        signal: parts.signal ?? null,
      });
    } catch {
      throw networkError();
    }
  }
}

function address(template: string, { path = {}, query = {} }: Parts): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, String(value));
  }
  return search.size > 0 ? `${filled}?${search}` : filled;
}
