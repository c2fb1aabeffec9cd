import { useCallback, useState } from 'preact/hooks';
import { Icon } from '../ui/icons';

interface Heart {
  key: number;
  x: number;
  y: number;
  turn: number; // degrees
}

/** Hearts that rise where somebody tapped twice. */
export function useHearts() {
  const [hearts, setHearts] = useState<Heart[]>([]);
  const addHeart = useCallback((event: MouseEvent) => {
    const box = (event.currentTarget as Element | null)?.getBoundingClientRect();
    const key = event.timeStamp;
    const heart = {
      key,
      x: event.clientX - (box?.left ?? 0),
      y: event.clientY - (box?.top ?? 0),
      turn: (key % 40) - 20,
    };
    setHearts((old) => [...old, heart]);
    setTimeout(() => setHearts((old) => old.filter((o) => o.key !== key)), 900);
  }, []);
  return { hearts, addHeart };
}

export function Hearts({ hearts }: { hearts: Heart[] }) {
  return (
    <div class="hearts" aria-hidden="true">
      {hearts.map(({ key, x, y, turn }) => (
        <span key={key} class="heart" style={{ left: `${x}px`, top: `${y}px`, rotate: `${turn}deg` }}>
          <Icon name="heart-full" />
        </span>
      ))}
    </div>
  );
}
