import { useLang } from '../i18n';
import { Panel } from '../ui/panel';
import { Drop } from './drop';
import { UploadForm } from './upload_form';
import { UploadProgress } from './upload_progress';
import type { Kept } from './kept';
import type { Upload } from './use_upload';
import { useState } from 'preact/hooks';

interface Props {
  upload: Upload;
  onClose(): void;
  onWatch(id: string): void;
}

export function UploadPanel({ upload, onClose, onWatch }: Props) {
  const { t } = useLang();
  const { state, start } = upload;
  // An upload that the server never heard of goes back to its form, where nothing typed is lost.
  const form = state.step === 'idle' || (state.step === 'error' && upload.id === null);
  return (
    <Panel title={t('upload_form')} onClose={onClose}>
      <div hidden={!form}>
        <UploadForm error={state.step === 'error' ? state.error : null} onStart={start} />
      </div>
      {state.step === 'interrupted' && (
        <Interrupted kept={state.kept} onFile={upload.resume} onDiscard={upload.reset} />
      )}
      {!form && state.step !== 'interrupted' && <UploadProgress upload={upload} onWatch={onWatch} />}
    </Panel>
  );
}

interface InterruptedProps {
  kept: Kept;
  onFile(kept: Kept, file: File): Promise<boolean>;
  onDiscard(): void;
}

function Interrupted({ kept, onFile, onDiscard }: InterruptedProps) {
  const { t } = useLang();
  const [wrong, setWrong] = useState(false);
  const choose = async (file: File) => setWrong(!(await onFile(kept, file)));
  return (
    <div class="form">
      <p>{t('upload_interrupted', { name: kept.filename })}</p>
      <Drop label={t('upload_choose_again')} onFile={(file) => void choose(file)} />
      <p class="form-error" role="alert">
        {wrong && t('upload_other_file', { name: kept.filename })}
      </p>
      <button type="button" class="button" onClick={onDiscard}>
        {t('upload_discard')}
      </button>
    </div>
  );
}
