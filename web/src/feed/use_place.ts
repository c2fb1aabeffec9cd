import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/**
 * Which slide of a list fills the screen: as it is scrolled, or at once when it is told to `go` there. Places count from
 * the top of the list as it is now.
 */
export function usePlace(list: { readonly current: HTMLElement | null }, count: number) {
  const [place, setPlace] = useState(0);
  const now = useRef({ place, count });
  now.current = { place, count };
  const goal = useRef<number | null>(null);

  useEffect(() => {
    const el = list.current;
    if (!el) return;
    const onScroll = () => {
      const at = el.scrollTop / el.clientHeight;
      if (goal.current !== null && Math.abs(at - goal.current) > 0.02) return; // on its way
      goal.current = null;
      setPlace(Math.round(at));
    };
    // A finger on the way there takes over.
    const takeOver = () => (goal.current = null);
    el.addEventListener('scroll', onScroll, { passive: true });
    el.addEventListener('touchstart', takeOver, { passive: true });
    el.addEventListener('scrollend', takeOver);
    return () => {
      el.removeEventListener('scroll', onScroll);
      el.removeEventListener('touchstart', takeOver);
      el.removeEventListener('scrollend', takeOver);
    };
  }, [list]);

  const go = useCallback(
    (step: number) => {
      const el = list.current;
      const to = (goal.current ?? now.current.place) + step;
      if (!el || to < 0 || to >= now.current.count) return;
      const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
      goal.current = to;
      setPlace(to); // It may begin while it comes.
      el.scrollTo({ top: to * el.clientHeight, behavior: calm ? 'instant' : 'smooth' });
    },
    [list],
  );

  /** The list has got another beginning: `to` is where the slide on the screen is now. */
  const jump = useCallback(
    (to: number) => {
      const el = list.current;
      goal.current = null;
      setPlace(to);
      el?.scrollTo({ top: to * el.clientHeight, behavior: 'instant' });
    },
    [list],
  );

  // A screen that is turned shows the same slide.
  useEffect(() => {
    const el = list.current;
    if (!el) return;
    const observer = new ResizeObserver(() => jump(now.current.place));
    observer.observe(el);
    return () => observer.disconnect();
  }, [list, jump]);

  return { place, go, jump };
}
