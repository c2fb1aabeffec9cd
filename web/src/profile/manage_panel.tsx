import { useState } from 'preact/hooks';
import type { Video } from '../api/types';
import { EditForm } from '../details/edit_form';
import { failureText, useLang } from '../i18n';
import { api } from '../session';
import { Confirm } from '../ui/confirm';
import { Panel } from '../ui/panel';

interface Props {
  video: Video;
  onClose(): void;
  onEdited(video: Video): void;
  onDeleted(): void;
}

/** A video of one's own: to be edited or deleted. */
export function ManagePanel({ video, onClose, onEdited, onDeleted }: Props) {
  const { t } = useLang();
  const [sure, setSure] = useState(false);
  const remove = async () => {
    await api.delete('/videos/{id}', { path: { id: video.id } });
    onDeleted();
  };
  return (
    <Panel title={t('video_edit')} onClose={onClose}>
      {video.status === 'failed' && (
        <p class="form-error">
          <b>{t('upload_failed')}</b>
          <br />
          {failureText(video.failure, t)}
        </p>
      )}
      <EditForm id={video.id} onSaved={onEdited} />
      <button type="button" class="button danger" onClick={() => setSure(true)}>
        {t('video_delete')}
      </button>
      {sure && (
        <Confirm
          title={t('video_delete')}
          text={t('video_delete_sure', { title: video.title })}
          action={t('delete')}
          onClose={() => setSure(false)}
          onConfirm={remove}
        />
      )}
    </Panel>
  );
}
