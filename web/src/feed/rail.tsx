import { useCallback, useState } from 'preact/hooks';
import type { Video } from '../api/types';
import { shortNumber } from '../format';
import { useLang } from '../i18n';
import { QualityMenu } from '../player/quality_menu';
import { Icon } from '../ui/icons';
import type { SlideActions } from './slide';

interface Props {
  video: Video;
  muted: boolean;
  onMuted(muted: boolean): void;
  onQuality(shortSide: number | null): void;
  actions: SlideActions;
}

export function Rail({ video, muted, onMuted, onQuality, actions }: Props) {
  const { t, lang } = useLang();
  const [choosing, setChoosing] = useState(false);
  const close = useCallback(() => setChoosing(false), []);
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
        <Icon name="heart-full" />
        <span aria-hidden="true">{likes}</span>
      </button>
      <button
        type="button"
        class="rail-button"
        aria-label={t('comments_open', { n: comments })}
        onClick={() => actions.comment(video)}
      >
        <Icon name="comment-full" />
        <span aria-hidden="true">{comments}</span>
      </button>
      <button type="button" class="rail-button" onClick={() => actions.share(video)}>
        <Icon name="share-full" />
        <span>{t('share')}</span>
      </button>
      <button
        type="button"
        class="rail-button"
        aria-label={t('quality')}
        aria-expanded={choosing}
        onClick={() => setChoosing(true)}
      >
        <Icon name="quality" />
      </button>
      <button
        type="button"
        class="rail-button"
        aria-label={t(muted ? 'unmute' : 'mute')}
        onClick={() => onMuted(!muted)}
      >
        <Icon name={muted ? 'muted' : 'sound'} />
      </button>
      {choosing && <QualityMenu files={video.files} onChoose={onQuality} onClose={close} />}
    </div>
  );
}
