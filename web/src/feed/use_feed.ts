import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Video } from '../api/types';
import { ApiError } from '../api/errors';
import { api } from '../session';

export type Kind = 'mixed' | 'new' | 'hot';
export const KINDS: readonly Kind[] = ['mixed', 'new', 'hot'];

interface Walk {
  kind: Kind;
  items: Video[];
  /** The place in the walk of the first item: what lies far behind is forgotten. */
  base: number;
  /** Another number with each new walk. */
  walk: number;
  loading: boolean;
  ended: boolean;
  error: unknown;
}

export interface Feed extends Walk {
  more(): Promise<void>;
  /** Begins again, with another order or the same. */
  start(kind: Kind): void;
  /** Begins again with this video, freshly read. */
  open(id: string): Promise<void>;
  /** Reads a video again, for its URLs expire. */
  renew(id: string): Promise<Video>;
  patch(id: string, change: Partial<Video>): void;
  patchAll(change: Partial<Video>): void;
  remove(id: string): void;
  /** Forgets items at the front. */
  forget(count: number): void;
}

const PAGE = 8;
// A feed of fewer videos ends; a longer one goes round.
const ROUND = 4;

export function useFeed(first: string | null): Feed {
  const [state, setState] = useState<Walk>(() => newWalk('mixed', 0));
  const current = useRef(state);
  const cursor = useRef<string | undefined>(undefined);
  const busy = useRef(false);

  const change = useCallback((by: (old: Walk) => Partial<Walk>) => {
    current.current = { ...current.current, ...by(current.current) };
    setState(current.current);
  }, []);

  const begin = useCallback(
    (kind: Kind, items: Video[]) => {
      cursor.current = undefined;
      busy.current = false;
      change((old) => ({ ...newWalk(kind, old.walk + 1), items }));
    },
    [change],
  );

  const more = useCallback(async () => {
    if (busy.current) return;
    busy.current = true;
    const { walk, kind } = current.current;
    change(() => ({ loading: true, error: null }));
    const result = await nextPage(kind, cursor.current).catch((error: unknown) => ({ error }));
    if (current.current.walk !== walk) return; // The person went elsewhere meanwhile.
    busy.current = false;
    if ('error' in result) return change(() => ({ loading: false, error: result.error }));
    const round = cursor.current === undefined && current.current.items.length >= ROUND;
    cursor.current = result.next_cursor ?? undefined;
    change(({ items }) => {
      const found = round ? result.items : unknown(result.items, items);
      const all = [...items, ...found];
      return { items: all, loading: false, ended: result.next_cursor === null && all.length < ROUND };
    });
  }, [change]);

  const start = useCallback(
    (kind: Kind) => {
      begin(kind, []);
      void more();
    },
    [begin, more],
  );

  const open = useCallback(
    async (id: string) => {
      const video = await api.get('/videos/{id}', { path: { id } });
      begin(current.current.kind, [video]);
      void more();
    },
    [begin, more],
  );

  const patch = useCallback(
    (id: string, with_: Partial<Video>) =>
      change(({ items }) => ({ items: items.map((o) => (o.id === id ? { ...o, ...with_ } : o)) })),
    [change],
  );

  const renew = useCallback(
    async (id: string) => {
      const video = await api.get('/videos/{id}', { path: { id } });
      patch(id, video);
      return video;
    },
    [patch],
  );

  const patchAll = useCallback(
    (with_: Partial<Video>) => change(({ items }) => ({ items: items.map((o) => ({ ...o, ...with_ })) })),
    [change],
  );

  const remove = useCallback(
    (id: string) => change(({ items }) => ({ items: items.filter((o) => o.id !== id) })),
    [change],
  );

  const forget = useCallback(
    (count: number) => change(({ items, base }) => ({ items: items.slice(count), base: base + count })),
    [change],
  );

  useEffect(() => {
    // A link to one video opens it first; a dead link leaves the feed as it is.
    if (first) open(first).catch(() => more());
    else void more();
  }, [open, more]);

  return { ...state, more, start, open, renew, patch, patchAll, remove, forget };
}

function newWalk(kind: Kind, walk: number): Walk {
  return { kind, items: [], base: 0, walk, loading: true, ended: false, error: null };
}

/** The page after a cursor; a walk that is too old begins again. */
async function nextPage(kind: Kind, cursor: string | undefined) {
  try {
    return await api.get('/feed', { query: { kind, limit: PAGE, cursor } });
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'cursor_expired')) throw error;
    return api.get('/feed', { query: { kind, limit: PAGE } });
  }
}

function unknown(found: Video[], known: Video[]): Video[] {
  const ids = new Set(known.map((video) => video.id));
  return found.filter((video) => !ids.has(video.id));
}
