import { ApiError, networkError, problemError } from '../api/errors';
import type { SignedPart, UploadTicket, Video, Visibility } from '../api/types';
import { api } from '../session';
import { sendParts } from './upload_parts';

export interface Draft {
  file: File;
  title: string;
  description: string;
  visibility: Visibility;
}

export type UploadState =
  | { step: 'idle' }
  | { step: 'sending'; percent: number }
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
  show({ step: 'sending', percent: 0 });
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
    await send(video.id, upload, file, signal, (percent) => show({ step: 'sending', percent }));
    await patiently(() => api.post('/videos/{id}/upload/complete', { path }));
  } catch (e) {
    // The server would find and reap it anyway; this frees its space at once.
    api.delete('/videos/{id}/upload', { path }).catch(() => undefined);
    throw e;
  }
  for (let wait = 700; !signal.aborted; wait = Math.min(wait * 1.3, 4000)) {
    await follow(video.id, signal, show).catch(() => undefined); // where there is no stream, looking does
    const now = await patiently(() => api.get('/videos/{id}', { path }));
    if (now.status === 'ready' || now.status === 'failed') return show({ step: 'done', video: now });
    show({ step: 'processing', percent: now.progress });
    await pause(wait);
  }
}

async function follow(id: string, signal: AbortSignal, show: (state: UploadState) => void): Promise<void> {
  for await (const { status, progress } of api.follow(id, signal)) {
    if (status !== 'processing') return;
    show({ step: 'processing', percent: progress });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Once the file is sent, a short loss of the network or the server must not cost it. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let wait = 1000; ; wait *= 2) {
    try {
      return await work();
    } catch (e) {
      const passing = e instanceof ApiError && (e.status === 0 || e.status >= 500);
      if (!passing || wait > 30_000) throw e;
      await pause(wait);
    }
  }
}

function send(
  id: string,
  upload: UploadTicket,
  file: File,
  signal: AbortSignal,
  onPercent: (percent: number) => void,
): Promise<void> {
  if (upload.kind === 'single') {
    return put(upload, file, signal, (bytes) => onPercent(Math.floor((100 * bytes) / file.size)));
  }
  const path = { id };
  const sender = {
    sign: async (parts: number[]) =>
      (await patiently(() => api.post('/videos/{id}/upload/parts', { path, body: { parts } }))).parts,
    put: (part: SignedPart, body: Blob, onBytes: (sent: number) => void) => put(part, body, signal, onBytes),
    received: async () =>
      (await api.get('/videos/{id}/upload', { path })).received.map((part) => part.number),
    pause,
  };
  return sendParts(file, upload, sender, signal, onPercent);
}

type Target = Pick<SignedPart, 'method' | 'url' | 'headers'>;

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
    request.upload.onprogress = (event) => onBytes(event.loaded);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) done();
      else fail(problemError(request.status, request.responseText));
    };
    request.onerror = () => fail(networkError());
    request.onabort = () => fail(new DOMException('Canceled', 'AbortError'));
    const abort = () => request.abort();
    signal.addEventListener('abort', abort);
    request.onloadend = () => signal.removeEventListener('abort', abort);
    request.send(body);
  });
}
