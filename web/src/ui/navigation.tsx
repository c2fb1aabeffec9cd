import { KINDS, type Kind } from '../feed/use_feed';
import { useLang } from '../i18n';
import { overall } from '../upload/progress';
import type { UploadState } from '../upload/upload_job';
import { useUser } from '../session';
import { Icon } from './icons';

interface Props {
  /** The order of the feed that is on the screen; null where something else is. */
  kind: Kind | null;
  upload: UploadState;
  onKind(kind: Kind): void;
  onUpload(): void;
  onAccount(): void;
  onLang(): void;
}

const KIND_ICONS = { mixed: 'home', new: 'spark', hot: 'flame' } as const;

/** On a phone tabs above the video and a bar below it; on a wide screen one column beside it. */
export function Navigation({ kind, upload, onKind, onUpload, onAccount, onLang }: Props) {
  const { t, lang } = useLang();
  const user = useUser();
  const percent = upload.step === 'done' ? null : overall(upload);
  return (
    <header class={kind === null ? 'nav plain' : 'nav'}>
      <h1 class="brand">Luot</h1>
      <nav class="tabs" aria-label={t('feed')}>
        {KINDS.map((one) => (
          <button
            key={one}
            type="button"
            class="tab"
            aria-current={kind === one ? 'page' : undefined}
            onClick={() => onKind(one)}
          >
            <Icon name={KIND_ICONS[one]} />
            <span>{t(`feed_${one}`)}</span>
          </button>
        ))}
      </nav>
      <div class="doors">
        <button type="button" class="door home" onClick={() => onKind(kind ?? 'mixed')}>
          <Icon name="home" />
          <span>{t('home')}</span>
        </button>
        <button
          type="button"
          class="door upload"
          aria-label={percent === null ? t('upload') : `${t('upload')}: ${percent} %`}
          onClick={onUpload}
        >
          <span class="door-plus">{percent === null ? <Icon name="plus" /> : `${percent}%`}</span>
          <span>{t('upload')}</span>
        </button>
        <button type="button" class="door" onClick={onAccount}>
          {user ? (
            <span class="avatar">{user.username.slice(0, 1).toUpperCase()}</span>
          ) : (
            <Icon name="account" />
          )}
          <span class="door-name">{user ? user.username : t('login')}</span>
        </button>
      </div>
      <button
        type="button"
        class="lang"
        lang={lang === 'en' ? 'vi' : 'en'}
        aria-label={t('language')}
        onClick={onLang}
      >
        {lang === 'en' ? 'VI' : 'EN'}
      </button>
    </header>
  );
}
