import { useEffect, useRef, useState } from 'preact/hooks';
import type { UploadLimits } from '../api/types';
import { bytes, duration } from '../format';
import { fieldTexts, useLang, type Translate } from '../i18n';
import { api } from '../session';
import { DetailsFields, trimmed, type Details } from '../details/details_fields';
import { FormError } from '../ui/notices';
import { useFocusOnError } from '../ui/use_focus_on_error';
import { checkFile, type FileFault } from './check_file';
import { Drop } from './drop';
import type { Draft } from './upload_job';

const BLANK: Details = { title: '', description: '', visibility: 'public' };

export function UploadForm({ error, onStart }: { error: unknown; onStart(draft: Draft): void }) {
  const { t } = useLang();
  const [file, setFile] = useState<File | null>(null);
  const [fault, setFault] = useState<FileFault | null>(null);
  const [details, setDetails] = useState(BLANK);
  const form = useFocusOnError(error);
  const latest = useRef<File | null>(null);
  const fields = fieldTexts(error, t);

  const choose = async (chosen: File) => {
    latest.current = chosen;
    setFault(null);
    const found = await checkFile(chosen, await limits());
    if (latest.current !== chosen) return;
    setFault(found);
    setFile(found ? null : chosen);
    // A file's name is a fair first guess, and better than an empty field.
    if (!found) setDetails((d) => (d.title ? d : { ...d, title: titleFrom(chosen.name) }));
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (file) onStart({ file, ...trimmed(details) });
  };

  return (
    <form class="form" ref={form} onSubmit={submit}>
      {file ? (
        <Chosen file={file} onOther={() => setFile(null)} />
      ) : (
        <Drop camera label={t('upload_choose')} onFile={(chosen) => void choose(chosen)} />
      )}
      <p class="form-error" role="alert">
        {fault && faultText(fault, t)}
      </p>
      {file && (
        <>
          <DetailsFields details={details} errors={fields} onChange={setDetails} />
          <FormError error={Object.keys(fields).length > 0 ? null : error} />
          <button type="submit" class="button main" disabled={details.title.trim() === ''}>
            {t('upload_start')}
          </button>
        </>
      )}
    </form>
  );
}

function Chosen({ file, onOther }: { file: File; onOther(): void }) {
  const { t, lang } = useLang();
  const [url, setUrl] = useState<string | null>(null);
  const [blind, setBlind] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    setBlind(false);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return (
    <div class="chosen">
      {url && !blind && (
        <video
          src={url}
          muted
          playsInline
          preload="metadata"
          aria-hidden="true"
          onError={() => setBlind(true)}
        />
      )}
      <div>
        <p class="chosen-name">
          <b>{file.name}</b>
        </p>
        <p class="muted">{bytes(file.size, lang)}</p>
        <button type="button" class="button" onClick={onOther}>
          {t('upload_other')}
        </button>
      </div>
    </div>
  );
}

/** The server's limits; null where they cannot be had, and the server then looks itself. */
function limits(): Promise<UploadLimits | null> {
  return api.get('/videos/upload', {}).catch(() => null);
}

function titleFrom(filename: string): string {
  return filename.replace(/\.[^.]*$/, '').slice(0, 150);
}

function faultText(fault: FileFault, t: Translate): string {
  switch (fault.kind) {
    case 'empty':
      return t('upload_fault_empty');
    case 'no_video':
      return t('upload_fault_no_video');
    case 'too_large':
      return t('upload_fault_too_large', { n: bytes(fault.max_size, t.lang) });
    case 'too_long':
      return t('upload_fault_too_long', { n: duration(fault.max_seconds, t.lang) });
  }
}
