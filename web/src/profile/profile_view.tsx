import { useEffect, useRef, useState } from 'preact/hooks';
import type { User, Video } from '../api/types';
import { month } from '../format';
import { errorText, useLang } from '../i18n';
import { ApiError } from '../api/errors';
import { api, useUser } from '../session';
import { Avatar } from '../ui/avatar';
import { ErrorScreen, Spinner } from '../ui/notices';
import { PageEnd } from '../ui/page_end';
import { usePages } from '../ui/use_pages';
import { ManagePanel } from './manage_panel';
import { Tile } from './tile';
import { useProcessing } from './use_processing';

interface Props {
  username: string;
  onWatch(id: string): void;
  onUpload(): void;
  onLogout(): void;
  /** A video of one's own has changed, or is gone. */
  onChanged(id: string, video: Video | null): void;
}

/** Somebody's page: who it is, and the videos; of oneself all of them, to be edited and deleted. */
export function ProfileView(props: Props) {
  const { username } = props;
  const [user, setUser] = useState<User | null>(null);
  const [error, setError] = useState<unknown>(null);
  const me = useUser();
  const { t } = useLang();
  const load = () => {
    setError(null);
    api.get('/users/{username}', { path: { username } }).then(setUser, setError);
  };
  useEffect(load, [username]);
  useEffect(() => {
    document.title = `@${username} · Luot`;
    return () => void (document.title = 'Luot');
  }, [username]);
  // Names are compared without regard to case; a link may be written either way.
  const own = me !== null && user !== null && me.id === user.id;
  return (
    <div class="profile">
      {error !== null && !isNobody(error) && <ErrorScreen error={error} onRetry={load} />}
      {isNobody(error) && (
        <div class="screen">
          <p role="alert">{errorText(error, t)}</p>
        </div>
      )}
      {user === null && error === null && <Spinner />}
      {user && (
        <>
          <ProfileHead user={user} email={own ? me.email : null} {...props} />
          {/* Another list for who is signed in than for who is not. */}
          <Videos key={`${user.id} ${own}`} own={own} {...props} username={user.username} />
        </>
      )}
    </div>
  );
}

/** Another try would find nobody either. */
function isNobody(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

function ProfileHead({ user, email, onUpload, onLogout }: Props & { user: User; email: string | null }) {
  const { t, lang } = useLang();
  const heading = useRef<HTMLHeadingElement>(null);
  // A new page: who reads by ear begins at its top.
  useEffect(() => heading.current?.focus(), [user.id]);
  return (
    <header class="profile-head">
      <Avatar username={user.username} large />
      <div>
        <h2 ref={heading} tabIndex={-1}>
          @{user.username}
        </h2>
        <p class="muted">{email ?? t('profile_since', { when: month(user.created_at, lang) })}</p>
      </div>
      {email !== null && (
        <div class="buttons">
          <button type="button" class="button main" onClick={onUpload}>
            {t('upload_form')}
          </button>
          <button type="button" class="button" onClick={onLogout}>
            {t('logout')}
          </button>
        </div>
      )}
    </header>
  );
}

function Videos({ username, own, onWatch, onChanged }: Props & { own: boolean }) {
  const { t } = useLang();
  const [managed, setManaged] = useState<Video | null>(null);
  const path = { username };
  const pages = usePages<Video>((cursor) =>
    api.get('/users/{username}/videos', { path, query: { limit: 24, cursor } }),
  );
  const { items, change } = pages;
  useProcessing(own ? items : [], (video) =>
    change((old) => old.map((v) => (v.id === video.id ? video : v))),
  );

  const edited = (video: Video) => {
    change((old) => old.map((v) => (v.id === video.id ? video : v)));
    setManaged(null);
    onChanged(video.id, video);
  };
  const deleted = (id: string) => {
    change((old) => old.filter((v) => v.id !== id));
    setManaged(null);
    onChanged(id, null);
  };

  return (
    <section aria-label={t('profile_videos')} aria-busy={pages.loading}>
      {pages.ended && items.length === 0 && (
        <p class="muted none">{t(own ? 'profile_empty_own' : 'profile_empty')}</p>
      )}
      <ul class="tiles">
        {items.map((video) => (
          <Tile key={video.id} video={video} onWatch={onWatch} onManage={own ? setManaged : undefined} />
        ))}
      </ul>
      <PageEnd pages={pages} />
      {managed && (
        <ManagePanel
          video={managed}
          onClose={() => setManaged(null)}
          onEdited={edited}
          onDeleted={() => deleted(managed.id)}
        />
      )}
    </section>
  );
}
