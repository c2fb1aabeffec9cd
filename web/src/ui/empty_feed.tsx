import { useLang } from '../i18n';
import { useUser } from '../session';

export function EmptyFeed({ onStart }: { onStart(): void }) {
  const { t } = useLang();
  const user = useUser();
  return (
    <div class="screen">
      <svg class="wave" viewBox="0 0 120 60" fill="none" aria-hidden="true">
        <path d="M52 4v27l21-13.5z" />
        <path d="M4 44c14-11 28-11 42 0s28 11 42 0 20-9 28-5" />
      </svg>
      <h1>{t('empty_title')}</h1>
      <p class="muted">{t(user ? 'empty_text' : 'empty_text_guest')}</p>
      <button type="button" class="button main" onClick={onStart}>
        {t(user ? 'upload_form' : 'account_new')}
      </button>
    </div>
  );
}
