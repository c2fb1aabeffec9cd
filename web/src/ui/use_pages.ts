import type { RefObject } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Pages<T> {
  items: T[];
  /** Changes the items that are here by now. */
  change(to: (items: T[]) => T[]): void;
  loading: boolean;
  ended: boolean;
  error: unknown;
  more(): Promise<void>;
  /** To be put on what stands below the last item: the next page comes when it is near. */
  end: RefObject<HTMLDivElement>;
}

/** A list of the API, page after page as it is scrolled. For another list, mount anew. */
export function usePages<T extends { id: string }>(
  load: (cursor: string | undefined) => Promise<Page<T>>,
): Pages<T> {
  const [items, setItems] = useState<T[]>([]);
  const [loading, setLoading] = useState(false);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const [error, setError] = useState<unknown>(null);
  const busy = useRef(false);
  const end = useRef<HTMLDivElement>(null);
  const latest = useRef({ load, next });
  latest.current = { load, next };

  const more = useCallback(async () => {
    const { load: get, next: cursor } = latest.current;
    if (busy.current || cursor === null) return;
    busy.current = true;
    setLoading(true);
    setError(null);
    try {
      const page = await get(cursor);
      setItems((old) => [...old, ...page.items.filter((item) => old.every((o) => o.id !== item.id))]);
      setNext(page.next_cursor);
    } catch (e) {
      setError(e);
    } finally {
      busy.current = false;
      setLoading(false);
    }
  }, []);

  // Observed anew after each page: where the end is still in sight, the next one comes at once.
  useEffect(() => {
    const el = end.current;
    if (!el || loading || next === null || error !== null) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && void more(),
      { rootMargin: '400px' },
    );
    observer.observe(el);
    return () => observer.disconnect();
  }, [loading, next, error, more]);

  return { items, change: setItems, loading, ended: next === null, error, more, end };
}
