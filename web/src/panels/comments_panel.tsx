import { useEffect, useState } from 'preact/hooks';
import type { Comment, Video } from '../api/types';
import { ago, codePoints } from '../format';
import { useLang } from '../i18n';
import { api, useUser } from '../session';
import { Icon } from '../ui/icons';
import { FormError } from '../ui/notices';
import { Panel } from '../ui/panel';

interface Props {
  video: Video;
  onClose(): void;
  onLogin(): void;
  onCount(change: number): void;
}

const LONGEST = 1000;

export function CommentsPanel({ video, onClose, onLogin, onCount }: Props) {
  const { t, lang } = useLang();
  const user = useUser();
  const [items, setItems] = useState<Comment[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const [error, setError] = useState<unknown>(null);
  const path = { id: video.id };

  const attempt = async (work: () => Promise<void>) => {
    setError(null);
    try {
      await work();
    } catch (e) {
      setError(e);
    }
  };
  const more = () =>
    attempt(async () => {
      const page = await api.get('/videos/{id}/comments', { path, query: { cursor: next ?? undefined } });
      setItems((old) => [...old, ...page.items.filter((c) => old.every((o) => o.id !== c.id))]);
      setNext(page.next_cursor);
    });
  const remove = (comment_id: string) =>
    attempt(async () => {
      await api.delete('/videos/{id}/comments/{comment_id}', { path: { ...path, comment_id } });
      setItems((old) => old.filter((c) => c.id !== comment_id));
      onCount(-1);
    });
  const post = async (content: string) => {
    const comment = await api.post('/videos/{id}/comments', { path, body: { content } });
    setItems((old) => [comment, ...old]);
    onCount(1);
  };

  useEffect(() => void more(), []);

  return (
    <Panel title={t('comments')} onClose={onClose}>
      <div class="comments" aria-busy={next === undefined && error === null}>
        {next === null && items.length === 0 && <p class="muted">{t('comment_empty')}</p>}
        <ul>
          {items.map((comment) => (
            <li key={comment.id} class="comment">
              <p class="comment-head">
                <b>@{comment.author.username}</b>{' '}
                <time dateTime={comment.created_at}>{ago(comment.created_at, lang)}</time>
              </p>
              <p class="comment-text">{comment.content}</p>
              {user && (user.id === comment.author.id || user.id === video.author.id) && (
                <button
                  type="button"
                  class="icon-button"
                  aria-label={t('comment_delete')}
                  onClick={() => void remove(comment.id)}
                >
                  <Icon name="trash" />
                </button>
              )}
            </li>
          ))}
        </ul>
        {next === undefined && error === null && <p class="muted">{t('loading')}</p>}
        <FormError error={error} />
        {(typeof next === 'string' || (next === undefined && error !== null)) && (
          <button type="button" class="button quiet" onClick={() => void more()}>
            {t(error === null ? 'more' : 'retry')}
          </button>
        )}
      </div>
      {user ? (
        <CommentForm post={post} />
      ) : (
        <button type="button" class="button main" onClick={onLogin}>
          {t('comment_login')}
        </button>
      )}
    </Panel>
  );
}

function CommentForm({ post }: { post(content: string): Promise<void> }) {
  const { t } = useLang();
  const [text, setText] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const length = codePoints(text);

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await post(text.trim());
      setText('');
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form class="comment-form" onSubmit={(event) => void submit(event)}>
      <textarea
        rows={2}
        value={text}
        aria-label={t('comment_placeholder')}
        placeholder={t('comment_placeholder')}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="button main" disabled={busy || length > LONGEST || text.trim() === ''}>
        {t('comment_send')}
      </button>
      {length > LONGEST - 100 && (
        <p class={length > LONGEST ? 'field-note bad' : 'field-note'}>
          {length} / {LONGEST}
        </p>
      )}
      <FormError error={error} />
    </form>
  );
}
