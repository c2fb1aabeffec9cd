import type { Video } from '../api/types';
import { shortNumber } from '../format';
import { useLang } from '../i18n';
import { Icon } from '../ui/icons';
import type { SlideActions } from './slide';

interface Props {
  video: Video;
  muted: boolean;
  onMuted(muted: boolean): void;
  actions: SlideActions;
}

export function Rail({ video, muted, onMuted, actions }: Props) {
  const { t, lang } = useLang();
  const likes = shortNumber(video.like_count, lang);
  const comments = shortNumber(video.comment_count, lang);
  return (
    <div class="rail">
      <button
        type="button"
        class="rail-button"
        aria-pressed={video.liked}
        aria-label={t('like_count', { n: likes })}
        onClick={() => actions.like(video)}
      >
        <Icon name={video.liked ? 'heart-full' : 'heart'} />
        <span aria-hidden="true">{likes}</span>
      </button>
      <button
        type="button"
        class="rail-button"
        aria-label={t('comments_open', { n: comments })}
        onClick={() => actions.comment(video)}
      >
        <Icon name="comment" />
        <span aria-hidden="true">{comments}</span>
      </button>
      <button
        type="button"
        class="rail-button"
        aria-label={t(muted ? 'unmute' : 'mute')}
        onClick={() => onMuted(!muted)}
      >
        <Icon name={muted ? 'muted' : 'sound'} />
      </button>
    </div>
  );
}
