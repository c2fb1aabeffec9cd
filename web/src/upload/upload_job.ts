import { ApiError } from '../api/errors';
import type { ProcessingState, SignedPart, Video } from '../api/types';
import { api } from '../session';
import type { Details } from '../details/details_fields';
import { typeOf } from './check_file';
import { keep, keepFile, printOf, type Kept } from './kept';
import { Patience, pause, type Pause } from './patience';
import { put } from './put';
import { sendParts } from './upload_parts';

export interface Draft extends Details {
  file: File;
}

export type UploadState =
  | { step: 'idle' }
  /** The page was left while it was sending: its file is wanted again. */
  | { step: 'interrupted'; kept: Kept }
  | { step: 'sending'; percent: number; waiting: boolean }
  | {
      step: 'processing';
      stage: ProcessingState['stage'];
      percent: number | null;
      /** How many are before this one, while it is queued and where the server tells. */
      ahead: number | null;
      playable: boolean;
    }
  | { step: 'done'; video: Video }
  | { step: 'error'; error: unknown };

/** Older servers do not tell. */
type Queued = ProcessingState & { queue_position?: number | null };

/** What a job tells of itself, and how it is called off. */
export interface Job {
  signal: AbortSignal;
  show(state: UploadState): void;
}

/** Announces a video, sends its file and completes it, then watches it until it is ready or failed. */
export async function beginUpload(
  draft: Draft,
  user: string,
  job: Job,
  onKept: (kept: Kept) => void,
): Promise<void> {
  const { file, title, description, visibility } = draft;
  job.show({ step: 'sending', percent: 0, waiting: false });
  const print = await printOf(file);
  const body = {
    title,
    description,
    visibility,
    filename: file.name,
    content_type: typeOf(file),
    size: file.size,
  };
  const { video, upload } = await api.post('/videos/upload', { body });
  if (job.signal.aborted) {
    api.delete('/videos/{id}/upload', { path: { id: video.id } }).catch(() => undefined);
    return;
  }
  const kept = { id: video.id, user, filename: file.name, size: file.size, print, upload };
  keep(kept);
  onKept(kept);
  void keepFile(file);
  await send(kept, file, [], job);
  await complete(kept.id, job);
  await watch(kept.id, job);
}

/** Goes on with what was begun before, wherever it stands; where bytes are missing, with its file, if there is one. */
export async function resumeUpload(kept: Kept, file: File | null, job: Job): Promise<void> {
  const { id } = kept;
  const looking = new Patience((ms) => pause(ms, job.signal));
  const { status, kind, received } = await looking.through(() => {
    job.signal.throwIfAborted();
    return api.get('/videos/{id}/upload', { path: { id } });
  });
  if (status === 'expired' || (status === 'open' && Date.parse(kept.upload.expires_at) < Date.now())) {
    throw new ApiError(410, 'upload_expired', 'The upload has expired.');
  }
  if (status === 'open') {
    const arrived = received.map((part) => part.number);
    const whole = kept.upload.kind === 'multipart' ? kept.upload.part_count : 1;
    if (arrived.length < whole) {
      if (!file) return job.show({ step: 'interrupted', kept });
      await send(kept, file, kind === 'single' ? [] : arrived, job);
    }
    await complete(id, job);
  }
  await watch(id, job);
}

async function send(kept: Kept, file: File, arrived: number[], { signal, show }: Job): Promise<void> {
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
  const { upload } = kept;
  if (upload.kind === 'single') {
    const onBytes = (bytes: number) => onPercent(Math.floor((100 * bytes) / file.size));
    return new Patience(wait).through(() => put(upload, file, signal, onBytes));
  }
  const path = { id: kept.id };
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
    pause: wait,
  };
  await sendParts(file, { ...upload, arrived }, sender, signal, onPercent);
}

async function complete(id: string, { signal, show }: Job): Promise<void> {
  const wait: Pause = (ms) => {
    show({ step: 'sending', percent: 100, waiting: true });
    return pause(ms, signal);
  };
  await new Patience(wait).through(() => {
    signal.throwIfAborted();
    return api.post('/videos/{id}/upload/complete', { path: { id } });
  });
}

async function watch(id: string, { signal, show }: Job): Promise<void> {
  show({ step: 'processing', stage: 'queued', percent: null, ahead: null, playable: false });
  for (let rest = 700; !signal.aborted; rest = Math.min(rest * 1.3, 4000)) {
    await follow(id, { signal, show }).catch(() => undefined); // where there is no stream, looking does
    const looking = new Patience((ms) => pause(ms, signal));
    const now = await looking.through(() => api.get('/videos/{id}', { path: { id } }));
    if (now.status === 'ready' || now.status === 'failed') return show({ step: 'done', video: now });
    const playable = now.playable_at !== null;
    show({ step: 'processing', stage: null, percent: now.progress, ahead: null, playable });
    await pause(rest, signal);
  }
}

async function follow(id: string, { signal, show }: Job): Promise<void> {
  let playable = false;
  for await (const { event, state } of api.follow(id, signal)) {
    if (state.status !== 'processing') return;
    playable ||= event === 'playable';
    const { queue_position: ahead = null }: Queued = state;
    show({ step: 'processing', stage: state.stage, percent: state.progress, ahead, playable });
  }
}
