import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Video } from './api/types';
import { FeedView } from './feed/feed_view';
import type { SlideActions } from './feed/slide';
import { linkedVideo, useFeed } from './feed/use_feed';
import { errorText, initialLang, LangContext, rememberLang, translator, type Lang } from './i18n';
import { AccountPanel } from './account/account_panel';
import { CommentsPanel } from './comments/comments_panel';
import { UploadPanel } from './upload/upload_panel';
import { useUpload } from './upload/use_upload';
import { ProfileView } from './profile/profile_view';
import { go, useRoute } from './route';
import { api, useUser } from './session';
import { EmptyFeed } from './ui/empty_feed';
import { TopBar } from './ui/top_bar';

type Open =
  | { panel: 'account'; isNew?: boolean; then?: () => void }
  | { panel: 'comments'; id: string }
  | { panel: 'upload' };

export function App() {
  const [lang, setLang] = useState<Lang>(initialLang);
  const [open, setOpen] = useState<Open | null>(null);
  const [notice, setNotice] = useState('');
  const user = useUser();
  const feed = useFeed();
  const route = useRoute();
  const profile = route.view === 'profile' ? route.username : null;
  const upload = useUpload(user);
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
    feed.open(id).then(
      () => document.querySelector('.feed')?.scrollTo({ top: 0 }),
      (error: unknown) => setNotice(errorText(error, t)),
    );
  };
  useEffect(() => {
    const follow = () => {
      const id = linkedVideo();
      if (id) watch(id);
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  });

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
  const latest = useRef({ asUser, setLiked });
  latest.current = { asUser, setLiked };
  const actions = useMemo<SlideActions>(
    () => ({
      like: (video) => latest.current.asUser(() => void latest.current.setLiked(video)),
      comment: (video) => setOpen({ panel: 'comments', id: video.id }),
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
  const startUploadNow = () => setOpen({ panel: 'upload' });
  const startUpload = () => asUser(startUploadNow);

  return (
    <LangContext.Provider value={{ lang, t }}>
      <TopBar
        over={!empty}
        upload={upload.state}
        onUpload={startUpload}
        onAccount={() => (user ? showProfile(user.username) : setOpen({ panel: 'account' }))}
        onLang={() => setLang(lang === 'en' ? 'vi' : 'en')}
      />
      <main>
        {profile !== null ? (
          <ProfileView
            key={profile}
            username={profile}
            onWatch={(id) => {
              go({ view: 'video', id });
              watch(id);
            }}
            onUpload={startUploadNow}
            onLogout={logout}
            onChanged={feed.changed}
          />
        ) : empty ? (
          <EmptyFeed
            onStart={() =>
              user ? startUpload() : setOpen({ panel: 'account', isNew: true, then: startUploadNow })
            }
          />
        ) : (
          <FeedView feed={feed} actions={actions} covered={open !== null} />
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
          onProfile={showProfile}
          onCount={(change) => patch(commented.id, { comment_count: commented.comment_count + change })}
        />
      )}
      {open?.panel === 'upload' && (
        <UploadPanel upload={upload} onClose={() => setOpen(null)} onWatch={watch} />
      )}
    </LangContext.Provider>
  );
}
