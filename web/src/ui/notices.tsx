import { errorText, useLang } from '../i18n';

export function Spinner() {
  const { t } = useLang();
  return (
    <div class="screen" role="status">
      <span class="spinner" />
      <span class="hidden">{t('loading')}</span>
    </div>
  );
}

export function ErrorScreen({ error, onRetry }: { error: unknown; onRetry(): void }) {
  const { t } = useLang();
  return (
    <div class="screen">
      <p role="alert">{errorText(error, t)}</p>
      <button type="button" class="button" onClick={onRetry}>
        {t('retry')}
      </button>
    </div>
  );
}

/** An error beside what caused it. */
export function FormError({ error }: { error: unknown }) {
  const { t } = useLang();
  return (
    <p class="form-error" role="alert">
      {error !== null && errorText(error, t)}
    </p>
  );
}
