import { useEffect, useState } from 'preact/hooks';
import type { Video } from '../api/types';
import { fieldTexts, useLang } from '../i18n';
import { api } from '../session';
import { DetailsFields, trimmed, type Details } from './details_fields';
import { FormError } from '../ui/notices';
import { useFocusOnError } from '../ui/use_focus_on_error';

interface Props {
  /** Of a video of one's own, in whatever state. */
  id: string;
  onSaved?(video: Video): void;
}

/** Changes what people read about a video, as the server has it. */
export function EditForm({ id, onSaved }: Props) {
  const { t } = useLang();
  const [saved, setSaved] = useState<Details | null>(null);
  const [details, setDetails] = useState<Details | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const form = useFocusOnError(error);
  const fields = fieldTexts(error, t);

  useEffect(() => {
    api.get('/videos/{id}', { path: { id } }).then((video) => {
      setSaved(detailsOf(video));
      setDetails(detailsOf(video));
    }, setError);
  }, [id]);

  const save = async (event: Event) => {
    event.preventDefault();
    if (!details) return;
    setBusy(true);
    setError(null);
    try {
      const video = await api.patch('/videos/{id}', { path: { id }, body: trimmed(details) });
      setSaved(detailsOf(video));
      onSaved?.(video);
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };

  if (!details || !saved) return error === null ? null : <FormError error={error} />;
  const changed = JSON.stringify(trimmed(details)) !== JSON.stringify(saved);
  return (
    <form class="form" ref={form} onSubmit={(event) => void save(event)}>
      <DetailsFields details={details} errors={fields} onChange={setDetails} />
      <FormError error={Object.keys(fields).length > 0 ? null : error} />
      <button type="submit" class="button" disabled={busy || !changed || details.title.trim() === ''}>
        {t(changed || busy ? 'save' : 'saved')}
      </button>
    </form>
  );
}

function detailsOf({ title, description, visibility }: Video): Details {
  return { title, description, visibility };
}
