import { useEffect, useRef } from 'preact/hooks';

interface Acts {
  go(step: number): void;
  toggleMuted(): void;
  togglePaused(): void;
  like(): void;
}

/** Arrows go on and back, space pauses, m is for the sound, l for a like. */
export function useKeys(on: boolean, acts: Acts): void {
  const latest = useRef(acts);
  latest.current = acts;
  useEffect(() => {
    if (!on) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
      const target = event.target instanceof Element ? event.target : null;
      // Whoever types, or moves along the video, means that.
      if (target?.closest('input, textarea, select, [contenteditable]')) return;
      const { go, toggleMuted, togglePaused, like } = latest.current;
      const keys: Record<string, () => void> = {
        ArrowDown: () => go(1),
        ArrowUp: () => go(-1),
        PageDown: () => go(1),
        PageUp: () => go(-1),
        m: toggleMuted,
        l: like,
      };
      // Space presses the button that has the focus, if one has.
      if (!target?.closest('button, a')) keys[' '] = togglePaused;
      const act = keys[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [on]);
}
