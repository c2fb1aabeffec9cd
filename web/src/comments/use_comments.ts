import { useState } from 'preact/hooks';
import type { Comment, Me, Video } from '../api/types';
import { api } from '../session';
import { usePages, type Pages } from '../ui/use_pages';

/** A comment that is shown already, while the server has not answered. */
export interface Shown extends Comment {
  pending?: boolean;
}

export interface Comments {
  pages: Pages<Shown>;
  /** What went wrong with the last change, which is taken back. */
  error: unknown;
  /** Tells whether the server took it. */
  add(content: string, author: Me): Promise<boolean>;
  remove(comment: Shown): Promise<void>;
}

/** The comments of a video. Changes are shown at once, and taken back where the server does not agree. */
export function useComments(video: Video, onCount: (change: number) => void): Comments {
  const path = { id: video.id };
  const pages = usePages<Shown>((cursor) => api.get('/videos/{id}/comments', { path, query: { cursor } }));
  const [error, setError] = useState<unknown>(null);

  const add = async (content: string, author: Me): Promise<boolean> => {
    setError(null);
    const draft = draftOf(content, author, video.id);
    pages.change((old) => [draft, ...old]);
    onCount(1);
    try {
      const comment = await api.post('/videos/{id}/comments', { path, body: { content } });
      pages.change((old) => settle(old, draft.id, comment));
      return true;
    } catch (e) {
      pages.change((old) => settle(old, draft.id, null));
      onCount(-1);
      setError(e);
      return false;
    }
  };

  const remove = async (comment: Shown): Promise<void> => {
    setError(null);
    const at = pages.items.findIndex((c) => c.id === comment.id);
    pages.change((old) => settle(old, comment.id, null));
    onCount(-1);
    try {
      await api.delete('/videos/{id}/comments/{comment_id}', { path: { ...path, comment_id: comment.id } });
    } catch (e) {
      pages.change((old) => [...old.slice(0, at), comment, ...old.slice(at)]);
      onCount(1);
      setError(e);
    }
  };

  return { pages, error, add, remove };
}

let drafts = 0;

function draftOf(content: string, { id, username }: Me, video_id: string): Shown {
  const created_at = new Date().toISOString();
  return { id: `draft ${++drafts}`, video_id, author: { id, username }, content, created_at, pending: true };
}

/** The list with one comment replaced, or without it; never twice the same, which a page may have brought meanwhile. */
export function settle(list: Shown[], id: string, by: Comment | null): Shown[] {
  const rest = by ? list.filter((c) => c.id !== by.id) : list;
  return rest.flatMap((c) => (c.id !== id ? [c] : by ? [by] : []));
}
