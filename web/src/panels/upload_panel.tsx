import { useState } from 'preact/hooks';
import { ApiError } from '../api/errors';
import type { Visibility } from '../api/types';
import { useLang } from '../i18n';
import { Field, Labeled } from '../ui/field';
import { FormError } from '../ui/notices';
import { Panel } from '../ui/panel';
import type { Draft } from './upload_job';
import type { Upload } from './use_upload';

interface Props {
  upload: Upload;
  onClose(): void;
  onWatch(id: string): void;
}

export function UploadPanel({ upload, onClose, onWatch }: Props) {
  const { t } = useLang();
  const { state, start, reset } = upload;
  const failed = state.step === 'error' ? state.error : null;
  const form = state.step === 'idle' || state.step === 'error';
  return (
    <Panel title={t('upload_form')} onClose={onClose}>
      {/* Stays mounted while sending, so that nothing typed is lost when it fails. */}
      <div hidden={!form}>
        <UploadForm error={failed} onStart={start} />
      </div>
      {/* The bar tells its own value; read aloud is only what changes the step. */}
      <div class="upload-state" aria-live="polite">
        {state.step === 'sending' && (
          <>
            <p aria-hidden="true">{t('upload_sending', { n: state.percent })}</p>
            <progress max={100} value={state.percent} aria-label={t('upload_form')} />
            <p class="muted">{t(state.waiting ? 'upload_waiting' : 'upload_stays')}</p>
            <button type="button" class="button" onClick={reset}>
              {t('cancel')}
            </button>
          </>
        )}
        {state.step === 'processing' && (
          <>
            <p aria-hidden="true">
              {state.percent === null ? t('upload_queued') : t('upload_processing', { n: state.percent })}
            </p>
            <progress max={100} value={state.percent ?? undefined} aria-label={t('upload_form')} />
            <p class="muted">{t('upload_stays')}</p>
          </>
        )}
        {state.step === 'done' && state.video.status === 'ready' && (
          <>
            <p>{t('upload_ready')}</p>
            <button type="button" class="button main" onClick={() => onWatch(state.video.id)}>
              {t('upload_watch')}
            </button>
          </>
        )}
        {state.step === 'done' && state.video.status === 'failed' && (
          <p class="form-error">
            <b>{t('upload_failed')}</b>
            <br />
            {state.video.failure?.detail}
          </p>
        )}
        {state.step === 'done' && (
          <button type="button" class="button" onClick={reset}>
            {t('upload_another')}
          </button>
        )}
      </div>
    </Panel>
  );
}

const VISIBILITIES: Visibility[] = ['public', 'unlisted', 'private'];

function UploadForm({ error, onStart }: { error: unknown; onStart(draft: Draft): void }) {
  const { t } = useLang();
  const [file, setFile] = useState<File | null>(null);
  const [title, setTitle] = useState('');
  const [description, setDescription] = useState('');
  const [visibility, setVisibility] = useState<Visibility>('public');
  const fields = error instanceof ApiError ? error.fields : {};

  const choose = (chosen: File | undefined) => {
    if (!chosen) return;
    setFile(chosen);
    // A file's name is a fair first guess, and better than an empty field.
    if (!title) setTitle(chosen.name.replace(/\.[^.]*$/, '').slice(0, 150));
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (file) onStart({ file, title: title.trim(), description: description.trim(), visibility });
  };

  return (
    <form class="form" onSubmit={submit}>
      <label
        class="drop"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          choose(event.dataTransfer?.files[0]);
        }}
      >
        <input
          type="file"
          accept="video/*,image/gif"
          onChange={(event) => choose(event.currentTarget.files?.[0])}
        />
        <b>{file ? file.name : t('upload_choose')}</b>
        <span class="muted">{file ? `${(file.size / 1e6).toFixed(1)} MB` : t('upload_choose_hint')}</span>
      </label>
      <Field
        label={t('title')}
        error={fields.title}
        value={title}
        onText={setTitle}
        maxLength={150}
        required
      />
      <Labeled label={t('description')}>
        <textarea
          rows={3}
          maxLength={5000}
          value={description}
          onInput={(event) => setDescription(event.currentTarget.value)}
        />
      </Labeled>
      <Labeled label={t('visibility')}>
        <select
          value={visibility}
          onChange={(event) => setVisibility(event.currentTarget.value as Visibility)}
        >
          {VISIBILITIES.map((v) => (
            <option key={v} value={v}>
              {t(`visibility_${v}`)}
            </option>
          ))}
        </select>
      </Labeled>
      <FormError error={error} />
      <button type="submit" class="button main" disabled={!file || title.trim() === ''}>
        {t('upload_start')}
      </button>
    </form>
  );
}
