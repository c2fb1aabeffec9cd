import type { Video } from '../api/types';
import { shortNumber } from '../format';
import { useLang, type Translate } from '../i18n';
import { Icon } from '../ui/icons';

interface Props {
  video: Video;
  onWatch(id: string): void;
  /** Of one's own. */
  onManage?: ((video: Video) => void) | undefined;
}

/** A video in a grid: its poster, how often it was seen, and of one's own, what has become of it. */
export function Tile({ video, onWatch, onManage }: Props) {
  const { t, lang } = useLang();
  const views = shortNumber(video.view_count, lang);
  const state = stateText(video, t);
  const playable = video.playable_at !== null;
  const seen = video.view_count === 1 ? t('oneView') : t('views', { n: views });
  return (
    <li class={`tile ${video.status}`}>
      <button
        type="button"
        class="tile-open"
        aria-label={[video.title, state, playable ? seen : ''].filter(Boolean).join(', ')}
        // What cannot be watched yet can be managed.
        onClick={() => (playable ? onWatch(video.id) : onManage?.(video))}
      >
        {video.thumbnail_url ? (
          <img src={video.thumbnail_url} alt="" loading="lazy" decoding="async" />
        ) : (
          <Icon name={video.status === 'failed' ? 'broken' : 'film'} />
        )}
        {state && <span class="tile-state">{state}</span>}
        <span class="tile-foot">
          {playable && (
            <>
              <Icon name="play" /> {views}
            </>
          )}
          {video.visibility !== 'public' && <Icon name={video.visibility === 'private' ? 'lock' : 'link'} />}
        </span>
      </button>
      {onManage && (
        <button
          type="button"
          class="tile-more"
          aria-label={t('profile_manage', { title: video.title })}
          onClick={() => onManage(video)}
        >
          <Icon name="more" />
        </button>
      )}
    </li>
  );
}

function stateText(video: Video, t: Translate): string {
  switch (video.status) {
    case 'uploading':
      return t('profile_uploading');
    case 'processing':
      return video.progress === null ? t('upload_queued') : t('upload_processing', { n: video.progress });
    case 'failed':
      return t('upload_failed');
    case 'ready':
      return '';
  }
}
