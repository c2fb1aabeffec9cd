import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Video } from '../api/types';
import { ApiError } from '../api/errors';
import { api } from '../session';

export interface Feed {
  items: Video[];
  loading: boolean;
  ended: boolean;
  error: unknown;
  more(): Promise<void>;
  /** Puts a video at the top, freshly read. */
  open(id: string): Promise<void>;
  /** Reads a video again, for its URLs expire. */
  renew(id: string): Promise<Video>;
  patch(id: string, change: Partial<Video>): void;
  patchAll(change: Partial<Video>): void;
  /** A video was edited by its owner, or deleted. */
  changed(id: string, video: Video | null): void;
}

export function useFeed(): Feed {
  const [items, setItems] = useState<Video[]>([]);
  const [loading, setLoading] = useState(true);
  const [ended, setEnded] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const cursor = useRef<string | undefined>(undefined);
  const busy = useRef(false);

  const more = useCallback(async () => {
    if (busy.current) return;
    busy.current = true;
    setLoading(true);
    setError(null);
    try {
      const page = await nextPage(cursor.current);
      cursor.current = page.next_cursor ?? undefined;
      setItems((old) => [...old, ...page.items.filter((v) => old.every((o) => o.id !== v.id))]);
      setEnded(page.next_cursor === null);
    } catch (e) {
      setError(e);
    } finally {
      busy.current = false;
      setLoading(false);
    }
  }, []);

  const open = useCallback(async (id: string) => {
    const video = await api.get('/videos/{id}', { path: { id } });
    setItems((old) => [video, ...old.filter((o) => o.id !== id)]);
  }, []);

  const patch = useCallback((id: string, change: Partial<Video>) => {
    setItems((old) => old.map((o) => (o.id === id ? { ...o, ...change } : o)));
  }, []);

  const renew = useCallback(
    async (id: string) => {
      const video = await api.get('/videos/{id}', { path: { id } });
      patch(id, video);
      return video;
    },
    [patch],
  );

  const patchAll = useCallback((change: Partial<Video>) => {
    setItems((old) => old.map((o) => ({ ...o, ...change })));
  }, []);

  const changed = useCallback((id: string, video: Video | null) => {
    setItems((old) => old.flatMap((o) => (o.id !== id ? [o] : video ? [{ ...o, ...video }] : [])));
  }, []);

  useEffect(() => {
    // A link to one video opens it first; a dead link leaves the feed as it is.
    const linked = linkedVideo();
    const first = linked ? open(linked).catch(() => undefined) : Promise.resolve();
    void first.then(more);
  }, [open, more]);

  return { items, loading, ended, error, more, open, renew, patch, patchAll, changed };
}

/** The page after a cursor; a walk that is too old begins again. */
async function nextPage(cursor: string | undefined) {
  try {
    return await api.get('/feed', { query: { limit: 10, cursor } });
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'cursor_expired')) throw error;
    return api.get('/feed', { query: { limit: 10 } });
  }
}

/** Links to a video are fragments: the page is one file, and the fragment never reaches a log. */
export function linkedVideo(): string | null {
  return /^#v=([0-9A-Za-z]{11})$/.exec(location.hash)?.[1] ?? null;
}

export function linkTo(id: string): string {
  return `#v=${id}`;
}
