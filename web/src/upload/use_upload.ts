import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/errors';
import type { Me } from '../api/types';
import { unlessElsewhere, whenFree } from '../locks';
import { api } from '../session';
import { dropFile, forgetKept, isSame, keptFile, readKept, type Kept } from './kept';
import { beginUpload, resumeUpload, type Draft, type Job, type UploadState } from './upload_job';

export interface Upload {
  state: UploadState;
  /** What is being uploaded, once the server knows of it. */
  id: string | null;
  start(draft: Draft): void;
  /** Goes on with an upload that was left, with its file. Tells whether it is that file. */
  resume(kept: Kept, file: File): Promise<boolean>;
  /** Another try, after an error. */
  retry(): void;
  /** Gives up what is being sent, or puts a finished upload away. */
  reset(): void;
}

const LOCK = 'luot.upload';

/**
 * One upload at a time, in whichever tab. It lives with the page, not with the panel, so one can go on watching; what
 * the page does not outlive is taken up again when it is opened next.
 */
export function useUpload(user: Me | null): Upload {
  const [state, setState] = useState<UploadState>({ step: 'idle' });
  const [kept, setKept] = useState<Kept | null>(null);
  const running = useRef<AbortController | null>(null);
  const file = useRef<File | null>(null);
  const before = useRef<Promise<unknown>>(Promise.resolve());

  const stop = useCallback(() => {
    running.current?.abort();
    running.current = null;
    setState({ step: 'idle' });
    setKept(null);
  }, []);

  /** Runs a job in the place of the one before; what is called off shows nothing any more. */
  const run = useCallback(async (work: (job: Job) => Promise<void>, lock: typeof unlessElsewhere) => {
    running.current?.abort();
    const { signal } = (running.current = new AbortController());
    const show = (next: UploadState) => {
      if (signal.aborted) return;
      setState(next);
      if (next.step === 'done') forgetKept(next.video.id);
    };
    // The one before still has the lock until it has noticed.
    const turn = before.current.then(() => lock(LOCK, signal, () => work({ signal, show })));
    before.current = turn.catch(() => undefined);
    try {
      if (!(await turn)) throw new ApiError(409, 'upload_elsewhere', 'Another tab is uploading.');
    } catch (error) {
      show({ step: 'error', error });
    }
  }, []);

  const takeUp = useCallback(async (found: Kept, source: File | null, job: Job) => {
    file.current = source;
    setKept(found);
    try {
      await resumeUpload(found, source, job);
    } catch (error) {
      if (isOver(error) && !job.signal.aborted) {
        forgetKept(found.id);
        setKept(null);
      }
      throw error;
    }
  }, []);

  // Whoever signs in finds what he left unfinished; whoever leaves takes his uploads along.
  const userId = user?.id;
  useEffect(() => {
    if (userId === undefined) return;
    // Not beside another tab that is at it; after it, if that was closed before its end.
    void run(async (job) => {
      const found = readKept(userId);
      if (!found) return dropFile();
      const source = await keptFile(found);
      if (!job.signal.aborted) await takeUp(found, source, job);
    }, whenFree);
    return () => {
      stop();
      void dropFile();
    };
  }, [userId, run, stop, takeUp]);

  const start = useCallback(
    (draft: Draft) => {
      if (userId === undefined) return;
      file.current = draft.file;
      void run((job) => beginUpload(draft, userId, job, setKept), unlessElsewhere);
    },
    [run, userId],
  );

  const resume = useCallback(
    async (found: Kept, source: File) => {
      const same = await isSame(source, found).catch(() => false);
      if (same) void run((job) => takeUp(found, source, job), unlessElsewhere);
      return same;
    },
    [run, takeUp],
  );

  const retry = useCallback(() => {
    if (kept) void run((job) => takeUp(kept, file.current, job), unlessElsewhere);
    else stop();
  }, [kept, run, stop, takeUp]);

  const reset = useCallback(() => {
    if (kept && state.step !== 'done') {
      forgetKept(kept.id);
      if (state.step !== 'processing') giveUp(kept.id);
    }
    stop();
  }, [kept, state.step, stop]);

  return { state, id: kept?.id ?? null, start, resume, retry, reset };
}

/** The server holds its parts for a day; nobody will ask for them. */
function giveUp(id: string): void {
  api.delete('/videos/{id}/upload', { path: { id } }).catch(() => undefined);
}

/** Whether no further try can bring this upload back. */
function isOver(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 410);
}
