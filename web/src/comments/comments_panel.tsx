import { useRef, useState } from 'preact/hooks';
import type { Video } from '../api/types';
import { ago, characters, shortNumber } from '../format';
import { useLang } from '../i18n';
import { useUser } from '../session';
import { AuthorLink } from '../ui/author_link';
import { Avatar } from '../ui/avatar';
import { Confirm } from '../ui/confirm';
import { Icon } from '../ui/icons';
import { FormError } from '../ui/notices';
import { PageEnd } from '../ui/page_end';
import { Panel } from '../ui/panel';
import { useComments, type Comments, type Shown } from './use_comments';

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
  const comments = useComments(video, onCount);
  const [leaving, setLeaving] = useState<Shown | null>(null);
  const { pages } = comments;
  const mayDelete = (comment: Shown) =>
    !comment.pending && user !== null && (user.id === comment.author.id || user.id === video.author.id);

  return (
    <Panel
      title={t('comments')}
      count={shortNumber(video.comment_count, lang)}
      shape="beside"
      onClose={onClose}
      foot={
        user ? (
          <CommentForm add={(text) => comments.add(text, user)} />
        ) : (
          <button type="button" class="button main wide" onClick={onLogin}>
            {t('comment_login')}
          </button>
        )
      }
    >
      <div class="comments" aria-busy={pages.loading}>
        {pages.ended && pages.items.length === 0 && <p class="muted none">{t('comment_empty')}</p>}
        <ul>
          {pages.items.map((comment) => (
            <CommentItem
              key={comment.id}
              comment={comment}
              onDelete={mayDelete(comment) ? () => setLeaving(comment) : undefined}
            />
          ))}
        </ul>
        <PageEnd pages={pages} />
      </div>
      <FormError error={comments.error} />
      {leaving && (
        <Confirm
          title={t('comment_delete')}
          text={t('comment_delete_sure')}
          action={t('delete')}
          onClose={() => setLeaving(null)}
          // Shown at once: it does not keep the question open.
          onConfirm={async () => void comments.remove(leaving)}
        />
      )}
    </Panel>
  );
}

interface ItemProps {
  comment: Shown;
  onDelete: (() => void) | undefined;
}

function CommentItem({ comment, onDelete }: ItemProps) {
  const { t, lang } = useLang();
  const { username } = comment.author;
  return (
    <li class={comment.pending ? 'comment pending' : 'comment'}>
      <Avatar username={username} />
      <p class="comment-head">
        <AuthorLink username={username} />
        <time dateTime={comment.created_at}>{ago(comment.created_at, lang)}</time>
      </p>
      <p class="comment-text">{comment.content}</p>
      {onDelete && (
        <button type="button" class="icon-button" aria-label={t('comment_delete')} onClick={onDelete}>
          <Icon name="trash" />
        </button>
      )}
    </li>
  );
}

function CommentForm({ add }: { add: (text: string) => ReturnType<Comments['add']> }) {
  const { t } = useLang();
  const [text, setText] = useState('');
  const input = useRef<HTMLTextAreaElement>(null);
  const length = characters(text);
  const sendable = length <= LONGEST && text.trim() !== '';

  const send = async () => {
    if (!sendable) return;
    setText('');
    input.current?.focus();
    // What was not taken comes back, unless something else was begun.
    if (!(await add(text.trim()))) setText((now) => now || text);
  };

  return (
    <form
      class="comment-form"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <textarea
        ref={input}
        rows={1}
        value={text}
        aria-label={t('comment_placeholder')}
        placeholder={t('comment_placeholder')}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing || !sendable) return;
          event.preventDefault();
          void send();
        }}
      />
      <button type="submit" class="send" aria-label={t('comment_send')} disabled={!sendable}>
        <Icon name="send" />
      </button>
      {length > LONGEST - 100 && (
        <p class={length > LONGEST ? 'field-note bad' : 'field-note'} role="status">
          {length} / {LONGEST}
        </p>
      )}
    </form>
  );
}
