import type { Translate } from '../i18n';
import type { UploadState } from './upload_job';

/** How far an upload is in all, 0 to 100: half of it is sending, half processing. Null where there is none. */
export function overall(state: UploadState): number | null {
  if (state.step === 'sending') return Math.floor(state.percent / 2);
  if (state.step === 'processing') return 50 + Math.floor((state.percent ?? 0) / 2);
  return state.step === 'done' ? 100 : null;
}

export function progressText(state: UploadState, t: Translate): string {
  if (state.step === 'sending') {
    return state.waiting ? t('upload_waiting') : t('upload_sending', { n: state.percent });
  }
  if (state.step !== 'processing') return '';
  if (state.percent !== null) return t('upload_processing', { n: state.percent });
  if (state.ahead) return t('upload_ahead', { n: state.ahead });
  return t(state.stage === 'queued' ? 'upload_queued' : 'upload_looking');
}
