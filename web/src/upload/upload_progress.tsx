import { failureText, useLang } from '../i18n';
import { EditForm } from '../details/edit_form';
import { FormError } from '../ui/notices';
import { overall, progressText } from './progress';
import type { Upload } from './use_upload';

interface Props {
  upload: Upload;
  onWatch(id: string): void;
}

/** One bar from the first byte sent until the video is ready, and meanwhile what people write about it. */
export function UploadProgress({ upload, onWatch }: Props) {
  const { t } = useLang();
  const { state, id, retry, reset } = upload;
  const percent = overall(state);
  const failed = state.step === 'done' && state.video.status === 'failed';
  const ready = state.step === 'done' && !failed;
  const playable = ready || (state.step === 'processing' && state.playable);
  return (
    <>
      {/* The bar tells its own value; read aloud is only what changes the step. */}
      <div class="upload-state" aria-live="polite">
        {percent !== null && !failed && <progress max={100} value={percent} aria-label={t('upload_form')} />}
        {(state.step === 'sending' || state.step === 'processing') && (
          <>
            <p aria-hidden="true">{progressText(state, t)}</p>
            <p class="muted">{t(playable ? 'upload_playable' : 'upload_stays')}</p>
          </>
        )}
        {ready && <p>{t('upload_ready')}</p>}
        {failed && (
          <p class="form-error">
            <b>{t('upload_failed')}</b>
            <br />
            {failureText(state.video.failure, t)}
          </p>
        )}
        {state.step === 'error' && <FormError error={state.error} />}
      </div>
      <div class="buttons">
        {playable && id && (
          <button type="button" class="button main" onClick={() => onWatch(id)}>
            {t('upload_watch')}
          </button>
        )}
        {state.step === 'error' && (
          <button type="button" class="button main" onClick={retry}>
            {t('retry')}
          </button>
        )}
        {state.step !== 'processing' && (
          <button type="button" class="button" onClick={reset}>
            {t(state.step === 'done' ? 'upload_another' : 'cancel')}
          </button>
        )}
      </div>
      {id && !failed && <EditForm key={id} id={id} />}
    </>
  );
}
