import { useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { FormError } from './notices';
import { Panel } from './panel';

interface Props {
  title: string;
  text: string;
  action: string;
  onClose(): void;
  /** What cannot be undone. Closes when it is done; an error is shown, and it can be tried again. */
  onConfirm(): Promise<void>;
}

/** Asks before something is lost. The focus begins on the way out. */
export function Confirm({ title, text, action, onClose, onConfirm }: Props) {
  const { t } = useLang();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  return (
    <Panel title={title} onClose={onClose} shape="small">
      <p>{text}</p>
      <FormError error={error} />
      <div class="buttons">
        <button type="button" class="button" autoFocus onClick={onClose}>
          {t('cancel')}
        </button>
        <button type="button" class="button danger" disabled={busy} onClick={() => void confirm()}>
          {action}
        </button>
      </div>
    </Panel>
  );
}
