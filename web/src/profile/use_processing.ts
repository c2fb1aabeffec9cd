import { useEffect, useRef } from 'preact/hooks';
import type { Video } from '../api/types';
import { api } from '../session';

const EVERY = 3000;

/** Looks after the videos that are still being processed, while the page is looked at. */
export function useProcessing(videos: Video[], onChange: (video: Video) => void): void {
  const latest = useRef(onChange);
  latest.current = onChange;
  const open = videos.filter((v) => v.status === 'processing' || v.status === 'uploading').map((v) => v.id);
  const ids = open.join(' ');
  useEffect(() => {
    if (ids === '') return;
    const look = () => {
      if (document.hidden) return;
      for (const id of ids.split(' ')) {
        api.get('/videos/{id}', { path: { id } }).then(latest.current, () => undefined);
      }
    };
    const timer = setInterval(look, EVERY);
    return () => clearInterval(timer);
  }, [ids]);
}
