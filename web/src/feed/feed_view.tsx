import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { ErrorScreen, Spinner } from '../ui/notices';
import { Slide, type SlideActions } from './slide';
import { linkTo, type Feed } from './use_feed';

interface Props {
  feed: Feed;
  actions: SlideActions;
  /** Something lies over the feed; the keyboard belongs to it. */
  covered: boolean;
}

const AHEAD = 3;

export function FeedView({ feed, actions, covered }: Props) {
  const { t } = useLang();
  const list = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const [muted, setMuted] = useState(true);
  const [paused, setPaused] = useState(false);
  const { items, loading, ended, error, more } = feed;
  const current = items[active];

  // The slide that fills most of the screen is the one that plays.
  useEffect(() => {
    const root = list.current;
    if (!root) return;
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          if (entry.intersectionRatio >= 0.6) setActive([...root.children].indexOf(entry.target));
        }
      },
      { root, threshold: 0.6 },
    );
    for (const slide of root.querySelectorAll('.slide')) observer.observe(slide);
    return () => observer.disconnect();
  }, [items.length]);

  // Only opening one video changes which is first.
  useLayoutEffect(() => list.current?.scrollTo({ top: 0 }), [items[0]?.id]);

  useEffect(() => {
    setPaused(false);
    if (current) history.replaceState(null, '', linkTo(current.id));
  }, [current?.id]);

  useEffect(() => {
    if (!loading && !error && !ended && active >= items.length - AHEAD) void more();
  }, [active, items.length, loading, error, ended, more]);

  useEffect(() => {
    if (covered) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const onButton =
        event.target instanceof HTMLElement && event.target.closest('button, a, input') !== null;
      const go = (step: number) => {
        const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
        list.current?.children[active + step]?.scrollIntoView({ behavior: calm ? 'auto' : 'smooth' });
      };
      const keys: Record<string, () => void> = {
        ArrowDown: () => go(1),
        ArrowUp: () => go(-1),
        m: () => setMuted((m) => !m),
        l: () => current && actions.like(current),
      };
      // Space presses the button that has the focus, if one has.
      if (!onButton) keys[' '] = () => setPaused((p) => !p);
      const act = keys[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [active, current, covered, actions]);

  return (
    <div class="feed" ref={list} tabIndex={0} role="feed" aria-label={t('feed')} aria-busy={loading}>
      {items.map((video, i) => (
        <Slide
          key={video.id}
          video={video}
          position={i + 1}
          near={Math.abs(i - active) <= 1}
          active={i === active}
          paused={paused}
          muted={muted}
          onPaused={setPaused}
          onMuted={setMuted}
          actions={actions}
        />
      ))}
      {loading && <Spinner />}
      {error !== null && <ErrorScreen error={error} onRetry={() => void more()} />}
    </div>
  );
}
