import { useLang } from '../i18n';
import { FormError } from './notices';
import type { Pages } from './use_pages';

/** What stands below a list that is still coming. */
export function PageEnd({ pages }: { pages: Pages<{ id: string }> }) {
  const { t } = useLang();
  return (
    <div class="page-end" ref={pages.end}>
      {!pages.ended && pages.error === null && (
        <p role="status">
          <span class="spinner small" />
          <span class="hidden">{t('loading')}</span>
        </p>
      )}
      <FormError error={pages.error} />
      {pages.error !== null && (
        <button type="button" class="button" onClick={() => void pages.more()}>
          {t('retry')}
        </button>
      )}
    </div>
  );
}
