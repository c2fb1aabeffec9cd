import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { runUpload, type Draft, type UploadState } from './upload_job';

export interface Upload {
  state: UploadState;
  start(draft: Draft): void;
  /** Stops what is being sent, or puts a finished upload away. */
  reset(): void;
}

/** One upload at a time. It lives with the page, not with the panel, so one can go on watching. */
export function useUpload(): Upload {
  const [state, setState] = useState<UploadState>({ step: 'idle' });
  const abort = useRef<AbortController | null>(null);

  const reset = useCallback(() => {
    abort.current?.abort();
    abort.current = null;
    setState({ step: 'idle' });
  }, []);

  const start = useCallback((draft: Draft) => {
    const controller = new AbortController();
    abort.current = controller;
    const show = (next: UploadState) => {
      if (!controller.signal.aborted) setState(next);
    };
    runUpload(draft, controller.signal, show).catch((error: unknown) => show({ step: 'error', error }));
  }, []);

  // Leaving the page loses what is half sent; what is being processed goes on without it.
  const sending = state.step === 'sending';
  useEffect(() => {
    if (!sending) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [sending]);

  return { state, start, reset };
}
