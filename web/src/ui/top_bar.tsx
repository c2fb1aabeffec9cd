import { useLang } from '../i18n';
import type { UploadState } from '../upload/upload_job';
import { useUser } from '../session';
import { Icon } from './icons';

interface Props {
  /** It lies on a video. */
  over: boolean;
  upload: UploadState;
  onUpload(): void;
  onAccount(): void;
  onLang(): void;
}

export function TopBar({ over, upload, onUpload, onAccount, onLang }: Props) {
  const { t, lang } = useLang();
  const user = useUser();
  const percent = upload.step === 'sending' || upload.step === 'processing' ? upload.percent : null;
  return (
    <header class={over ? 'top over' : 'top'}>
      <span class="brand">Luot</span>
      <button
        type="button"
        class="top-button"
        lang={lang === 'en' ? 'vi' : 'en'}
        aria-label={t('language')}
        onClick={onLang}
      >
        {lang === 'en' ? 'VI' : 'EN'}
      </button>
      <button type="button" class="top-button" aria-label={t('upload')} onClick={onUpload}>
        {percent === null ? <Icon name="plus" /> : `${percent}%`}
      </button>
      <button
        type="button"
        class="top-button"
        aria-label={user ? `${t('account')}: ${user.username}` : t('login')}
        onClick={onAccount}
      >
        {user ? (
          <span class="avatar">{user.username.slice(0, 1).toUpperCase()}</span>
        ) : (
          <Icon name="account" />
        )}
      </button>
    </header>
  );
}
