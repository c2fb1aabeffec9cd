import { useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { Icon } from '../ui/icons';

interface Props {
  label: string;
  /** May be recorded now, too. */
  camera?: boolean;
  onFile(file: File): void;
}

/** Takes one file: dropped, chosen, or on a device with a camera recorded. */
export function Drop({ label, camera, onFile }: Props) {
  const { t } = useLang();
  const [over, setOver] = useState(false);
  return (
    <div class="pick">
      <label
        class={over ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          const file = event.dataTransfer?.files[0];
          if (file) onFile(file);
        }}
      >
        <FileInput onFile={onFile} />
        <Icon name="film" />
        <b>{label}</b>
        <span class="muted on-mouse">{t('upload_choose_hint')}</span>
      </label>
      {camera && (
        <label class="button record on-touch">
          <FileInput onFile={onFile} camera />
          <Icon name="camera" />
          {t('upload_record')}
        </label>
      )}
    </div>
  );
}

function FileInput({ onFile, camera }: { onFile(file: File): void; camera?: boolean }) {
  return (
    <input
      type="file"
      accept={camera ? 'video/*' : 'video/*,image/gif,.mkv,.avi,.flv,.wmv,.mxf,.vob'}
      capture={camera ? 'environment' : undefined}
      onChange={(event) => {
        const file = event.currentTarget.files?.[0];
        // The same file may be chosen again, after an error.
        event.currentTarget.value = '';
        if (file) onFile(file);
      }}
    />
  );
}
