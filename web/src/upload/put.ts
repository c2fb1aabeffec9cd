import { networkError, problemError } from '../api/errors';
import type { SignedPart } from '../api/types';

export type Target = Pick<SignedPart, 'method' | 'url' | 'headers'>;

// Even a slow line drains what its socket holds within this; a dead one would take much longer to be noticed.
const STALLED = 5 * 60_000;

/** Sends bytes to a signed URL. fetch() cannot tell how much of a body is sent. */
export async function put(
  target: Target,
  body: Blob,
  signal: AbortSignal,
  onBytes: (sent: number) => void,
): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((done, fail) => {
    const request = new XMLHttpRequest();
    request.open(target.method, target.url);
    for (const [name, value] of Object.entries(target.headers)) request.setRequestHeader(name, value);
    const abort = () => request.abort();
    let stalled = setTimeout(abort, STALLED);
    request.upload.onprogress = (event) => {
      clearTimeout(stalled);
      stalled = setTimeout(abort, STALLED);
      onBytes(event.loaded);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) done();
      else fail(problemError(request.status, request.responseText, request.getResponseHeader('Retry-After')));
    };
    request.onerror = () => fail(networkError());
    request.onabort = () => fail(signal.aborted ? signal.reason : networkError());
    signal.addEventListener('abort', abort);
    request.onloadend = () => {
      clearTimeout(stalled);
      signal.removeEventListener('abort', abort);
    };
    request.send(body);
  });
}
