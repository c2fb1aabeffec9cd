import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { savesData } from '../player/economy';
import { allowSound } from '../player/elements';
import { nameAddress } from '../route';
import { Icon } from '../ui/icons';
import { ErrorScreen } from '../ui/notices';
import { wheelListener } from './gestures';
import { Slide, type SlideActions } from './slide';
import type { Feed } from './use_feed';
import { useKeys } from './use_keys';
import { usePlace } from './use_place';

interface Props {
  feed: Feed;
  actions: SlideActions;
  /** Something lies over the feed: the keyboard belongs to it. */
  covered: boolean;
  /** The feed is out of sight: nothing plays. */
  away: boolean;
}

// Pages are fetched when so few slides are left, and forgotten when so many lie behind.
const AHEAD = 4;
const BEHIND = 40;

export function FeedView({ feed, actions, covered, away }: Props) {
  const { t } = useLang();
  const list = useRef<HTMLDivElement>(null);
  const [eased, setEased] = useState(-1); // the last slide that left the network to its successor
  const [muted, setMuted] = useState(true);
  const [paused, setPaused] = useState(false);
  const { items, base, walk, loading, error, ended, more, forget } = feed;
  const { place, go, jump } = usePlace(list, items.length);
  const index = Math.min(place, Math.max(0, items.length - 1));
  const current = items[index];
  const here = base + index;

  const changeMuted = useCallback((to: boolean) => {
    if (!to) allowSound();
    setMuted(to);
  }, []);

  useKeys(!covered && !away, {
    go,
    toggleMuted: () => changeMuted(!muted),
    togglePaused: () => setPaused((p) => !p),
    like: () => current && actions.like(current),
  });

  useEffect(() => {
    const el = list.current;
    if (!el) return;
    const onWheel = wheelListener(go);
    el.addEventListener('wheel', onWheel, { passive: false });
    return () => el.removeEventListener('wheel', onWheel);
  }, [go]);

  // A new walk begins at the top.
  useLayoutEffect(() => {
    setEased(-1);
    jump(0);
  }, [walk, jump]);

  // What was forgotten in front moves the rest up: the same slide stays on the screen.
  const before = useRef({ base, walk });
  useLayoutEffect(() => {
    const gone = before.current.walk === walk ? base - before.current.base : 0;
    before.current = { base, walk };
    if (gone > 0) jump(place - gone);
  }, [base, walk]);
  useEffect(() => {
    if (index < 2 * BEHIND) return;
    const timer = setTimeout(() => forget(BEHIND), 600); // when the swipe has come to rest
    return () => clearTimeout(timer);
  }, [index, forget]);

  useEffect(() => setPaused(false), [here, walk]);
  useEffect(() => {
    if (!current || away) return;
    nameAddress({ view: 'video', id: current.id });
    document.title = `${current.title} · Luot`;
  }, [current?.id, current?.title, away]);

  useEffect(() => {
    if (!loading && error === null && !ended && index >= items.length - AHEAD) void more();
  }, [index, items.length, loading, error, ended, more]);

  // The neighbours of what plays hold a player: what was there stays, what comes waits for the network to be free.
  const onEase = useCallback(() => setEased(here), [here]);
  const held = useRef(new Set<string>());
  const keyOf = (at: number) => `${walk}.${base + at}`;
  const mayLoadAhead = eased === here && !savesData();
  const loads = (at: number) =>
    at === index || (Math.abs(at - index) === 1 && (held.current.has(keyOf(at)) || mayLoadAhead));
  const first = Math.max(0, index - 1);
  const window = items
    .slice(first, index + 3)
    .map((video, i) => ({ video, at: first + i, key: keyOf(first + i) }));
  held.current = new Set(window.filter(({ at }) => loads(at)).map(({ key }) => key));
  return (
    <div class="feed-area">
      <div class="feed" ref={list} tabIndex={0} role="feed" aria-label={t('feed')} aria-busy={loading}>
        <div class="feed-length" style={{ height: `${100 * Math.max(1, items.length)}%` }} />
        {window.map(({ video, at, key }) => (
          <Slide
            key={key}
            video={video}
            position={base + at + 1}
            index={at}
            active={at === index && !away}
            loads={held.current.has(key)}
            paused={paused}
            muted={muted}
            onPaused={setPaused}
            onMuted={changeMuted}
            onEase={onEase}
            actions={actions}
          />
        ))}
        {items.length === 0 && error === null && <Skeleton />}
        {error !== null && items.length === 0 && <ErrorScreen error={error} onRetry={() => void more()} />}
      </div>
      {muted && current && (
        <button type="button" class="unmute" onClick={() => changeMuted(false)}>
          <Icon name="muted" />
          {t('unmute')}
        </button>
      )}
      <div class="feed-steps">
        <button type="button" aria-label={t('previous')} disabled={index === 0} onClick={() => go(-1)}>
          <Icon name="up" />
        </button>
        <button
          type="button"
          aria-label={t('next')}
          disabled={index >= items.length - 1}
          onClick={() => go(1)}
        >
          <Icon name="down" />
        </button>
      </div>
    </div>
  );
}

/** What a slide will look like. */
function Skeleton() {
  const { t } = useLang();
  return (
    <div class="slide skeleton" role="status">
      <div class="stage">
        <span class="hidden">{t('loading')}</span>
        <div class="slide-info" aria-hidden="true">
          <p />
          <p />
        </div>
      </div>
    </div>
  );
}
