import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Video } from './api/types';
import { FeedView } from './feed/feed_view';
import type { SlideActions } from './feed/slide';
import { useFeed } from './feed/use_feed';
import { errorText, initialLang, LangContext, rememberLang, translator, type Lang } from './i18n';
import { AccountPanel } from './account/account_panel';
import { CommentsPanel } from './comments/comments_panel';
import { ProfileView } from './profile/profile_view';
import { UploadPanel } from './upload/upload_panel';
import { useUpload } from './upload/use_upload';
import { go, isShown, parseRoute, useRoute } from './route';
import { api, useUser } from './session';
import { share } from './share';
import { EmptyFeed } from './ui/empty_feed';
import { Navigation } from './ui/navigation';

type Open =
  | { panel: 'account'; isNew?: boolean; then?: () => void }
  | { panel: 'comments'; id: string }
  | { panel: 'upload' };

export function App() {
  const [lang, setLang] = useState<Lang>(initialLang);
  const [open, setOpen] = useState<Open | null>(null);
  const [notice, setNotice] = useState('');
  const user = useUser();
  const [linked] = useState(() => linkedVideo());
  const feed = useFeed(linked);
  const route = useRoute();
  const upload = useUpload(user);
  const profile = route.view === 'profile' ? route.username : null;
  const liking = useRef(new Set<string>());
  const t = useMemo(() => translator(lang), [lang]);
  const { patch, renew } = feed;

  useEffect(() => {
    document.documentElement.lang = lang;
    rememberLang(lang);
  }, [lang]);

  useEffect(() => {
    if (!notice) return;
    const timer = setTimeout(() => setNotice(''), 6000);
    return () => clearTimeout(timer);
  }, [notice]);

  const watch = (id: string) => {
    setOpen(null);
    feed.open(id).catch((error: unknown) => setNotice(errorText(error, t)));
  };
  // Back and forward between videos; swiping names the address without a word. The feed begins with a link by itself.
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current && route.view === 'video' && !isShown(route)) watch(route.id);
    begun.current = true;
  }, [route]);
  useEffect(() => setOpen(null), [profile]);

  // Likes are those of who is signed in.
  const known = useRef<string | null>(null);
  useEffect(() => {
    const before = known.current;
    known.current = user?.id ?? null;
    if (before !== null && before !== known.current) feed.patchAll({ liked: false });
  }, [user]);

  /** Does what needs a user at once, or after somebody has signed in. */
  const asUser = (act: () => void) => (user ? act() : setOpen({ panel: 'account', then: act }));

  const setLiked = async (video: Video) => {
    if (liking.current.has(video.id)) return;
    liking.current.add(video.id);
    const { id, liked, like_count } = video;
    // Shown at once, corrected by the answer.
    patch(id, { liked: !liked, like_count: Math.max(0, like_count + (liked ? -1 : 1)) });
    try {
      const path = { id };
      patch(
        id,
        await (liked ? api.delete('/videos/{id}/like', { path }) : api.post('/videos/{id}/like', { path })),
      );
    } catch (error) {
      patch(id, { liked, like_count });
      setNotice(errorText(error, t));
    } finally {
      liking.current.delete(id);
    }
  };

  // One object for good: a slide starts its player anew when what it was given changes.
  const latest = useRef({ asUser, setLiked, t });
  latest.current = { asUser, setLiked, t };
  const actions = useMemo<SlideActions>(
    () => ({
      like: (video) => latest.current.asUser(() => void latest.current.setLiked(video)),
      comment: (video) => setOpen({ panel: 'comments', id: video.id }),
      share: (video) => void share(video, latest.current.t).then(setNotice),
      renew,
      patch,
    }),
    [renew, patch],
  );

  const commented = open?.panel === 'comments' ? feed.items.find((v) => v.id === open.id) : undefined;
  const empty = feed.items.length === 0 && feed.ended && feed.error === null;
  const showProfile = (username: string) => {
    setOpen(null);
    go({ view: 'profile', username });
  };
  const logout = () => {
    go({ view: 'feed' });
    void api.logout().then((heard) => heard || setNotice(t('logout_pending')));
  };
  const watchHere = (id: string) => {
    setOpen(null);
    go({ view: 'video', id });
  };
  const startUploadNow = () => setOpen({ panel: 'upload' });
  const startUpload = () => asUser(startUploadNow);

  return (
    <LangContext.Provider value={{ lang, t }}>
      <Navigation
        kind={profile === null ? feed.kind : null}
        upload={upload.state}
        onKind={(kind) => {
          // Coming back from a profile, the feed is as it was left.
          if (profile === null || kind !== feed.kind) feed.start(kind);
          if (profile !== null) go({ view: 'feed' });
        }}
        onUpload={startUpload}
        onAccount={() => (user ? showProfile(user.username) : setOpen({ panel: 'account' }))}
        onLang={() => setLang(lang === 'en' ? 'vi' : 'en')}
      />
      <main>
        {empty ? (
          <div class="feed-area">
            <EmptyFeed
              onStart={() =>
                user ? startUpload() : setOpen({ panel: 'account', isNew: true, then: startUploadNow })
              }
            />
          </div>
        ) : (
          <div class="behind" inert={profile !== null}>
            <FeedView feed={feed} actions={actions} covered={open !== null} away={profile !== null} />
          </div>
        )}
        {profile !== null && (
          <ProfileView
            key={profile}
            username={profile}
            onWatch={watchHere}
            onUpload={startUploadNow}
            onLogout={logout}
            onChanged={(id, video) => (video ? patch(id, video) : feed.remove(id))}
          />
        )}
      </main>
      <p class={notice ? 'notice shown' : 'notice'} role="status">
        {notice}
      </p>
      {open?.panel === 'account' && (
        <AccountPanel
          isNew={open.isNew ?? false}
          onClose={() => setOpen(null)}
          onSignedIn={() => {
            setOpen(null);
            open.then?.();
          }}
        />
      )}
      {commented && (
        <CommentsPanel
          video={commented}
          onClose={() => setOpen(null)}
          onLogin={() =>
            setOpen({ panel: 'account', then: () => setOpen({ panel: 'comments', id: commented.id }) })
          }
          onCount={(change) => patch(commented.id, { comment_count: commented.comment_count + change })}
        />
      )}
      {open?.panel === 'upload' && (
        <UploadPanel upload={upload} onClose={() => setOpen(null)} onWatch={watchHere} />
      )}
    </LangContext.Provider>
  );
}

function linkedVideo(): string | null {
  const route = parseRoute(location.pathname);
  return route.view === 'video' ? route.id : null;
}
