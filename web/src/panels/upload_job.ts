import { networkError, problemError } from '../api/errors';
import type { SignedPart, UploadTicket, Video, Visibility } from '../api/types';
import { api } from '../session';
import { Patience, type Pause } from './patience';
import { sendParts } from './upload_parts';

export interface Draft {
  file: File;
  title: string;
  description: string;
  visibility: Visibility;
}

export type UploadState =
  | { step: 'idle' }
  | { step: 'sending'; percent: number; waiting: boolean }
  | { step: 'processing'; percent: number | null }
  | { step: 'done'; video: Video }
  | { step: 'error'; error: unknown };

/** Announces, sends and completes an upload, then watches it until it is ready or failed. */
export async function runUpload(
  draft: Draft,
  signal: AbortSignal,
  show: (state: UploadState) => void,
): Promise<void> {
  const { file, title, description, visibility } = draft;
  let percent = 0;
  const tell = (waiting: boolean) => show({ step: 'sending', percent, waiting });
  const onPercent = (now: number) => {
    percent = now;
    tell(false);
  };
  const wait: Pause = (ms) => {
    tell(true);
    return pause(ms, signal);
  };
  tell(false);
  const { video, upload } = await api.post('/videos/upload', {
    body: {
      title,
      description,
      visibility,
      filename: file.name,
      content_type: file.type || 'application/octet-stream',
      size: file.size,
    },
  });
  const path = { id: video.id };
  try {
    await send(video.id, upload, file, signal, wait, onPercent);
    await new Patience(wait).through(() => {
      signal.throwIfAborted();
      return api.post('/videos/{id}/upload/complete', { path });
    });
  } catch (e) {
    // Only who sends it may give it up: after trouble, what has all arrived is completed by the server in its time.
    if (signal.aborted) api.delete('/videos/{id}/upload', { path }).catch(() => undefined);
    throw e;
  }
  for (let rest = 700; !signal.aborted; rest = Math.min(rest * 1.3, 4000)) {
    await follow(video.id, signal, show).catch(() => undefined); // where there is no stream, looking does
    const looking = new Patience((ms) => pause(ms, signal));
    const now = await looking.through(() => api.get('/videos/{id}', { path }));
    if (now.status === 'ready' || now.status === 'failed') return show({ step: 'done', video: now });
    show({ step: 'processing', percent: now.progress });
    await pause(rest, signal);
  }
}

async function follow(id: string, signal: AbortSignal, show: (state: UploadState) => void): Promise<void> {
  for await (const { status, progress } of api.follow(id, signal)) {
    if (status !== 'processing') return;
    show({ step: 'processing', percent: progress });
  }
}

/** Ends early, and well, when it is called off: what comes next sees to that. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      done();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

function send(
  id: string,
  upload: UploadTicket,
  file: File,
  signal: AbortSignal,
  pause: Pause,
  onPercent: (percent: number) => void,
): Promise<void> {
  if (upload.kind === 'single') {
    const onBytes = (bytes: number) => onPercent(Math.floor((100 * bytes) / file.size));
    return new Patience(pause).through(() => put(upload, file, signal, onBytes));
  }
  const path = { id };
  const sender = {
    sign: async (parts: number[]) => {
      signal.throwIfAborted();
      return (await api.post('/videos/{id}/upload/parts', { path, body: { parts } })).parts;
    },
    put: (part: SignedPart, body: Blob, onBytes: (sent: number) => void) => put(part, body, signal, onBytes),
    received: async () => {
      signal.throwIfAborted();
      return (await api.get('/videos/{id}/upload', { path })).received.map((part) => part.number);
    },
    pause,
  };
  return sendParts(file, upload, sender, signal, onPercent);
}

type Target = Pick<SignedPart, 'method' | 'url' | 'headers'>;

// Even a slow line drains what its socket holds within this; a dead one would take much longer to be noticed.
const STALLED = 5 * 60_000;

// fetch() cannot tell how much of a body is sent.
async function put(
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
