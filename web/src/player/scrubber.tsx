import { useEffect, useRef, useState } from 'preact/hooks';
import type { Video } from '../api/types';
import { clock } from './clock';
import { useLang } from '../i18n';
import type { Player } from './player';
import { parseTiles, tileAt, type Tile } from './preview';

interface Props {
  player: Player | null;
  duration: number;
  preview: Video['preview'];
}

/** Where the video is, to drag and to point at; pictures of other moments show above it. */
export function Scrubber({ player, duration, preview }: Props) {
  const { t } = useLang();
  const range = useRef<HTMLInputElement>(null);
  const dragging = useRef(false);
  const [pointed, setPointed] = useState<number | null>(null);
  const tiles = useTiles(preview, pointed !== null);

  useEffect(() => {
    const el = range.current;
    if (!el || !player) return;
    const show = () => {
      const at = player.element?.currentTime ?? 0;
      if (!dragging.current) fill(el, at, duration);
    };
    player.events.addEventListener('timeupdate', show);
    player.events.addEventListener('seeked', show);
    return () => {
      player.events.removeEventListener('timeupdate', show);
      player.events.removeEventListener('seeked', show);
    };
  }, [player, duration]);

  const pointAt = (event: PointerEvent) => {
    const box = range.current?.getBoundingClientRect();
    if (box) setPointed(duration * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  };
  const end = () => {
    dragging.current = false;
    setPointed(null);
    range.current?.blur(); // The arrow keys are for the feed again.
  };
  return (
    <div class="scrubber">
      {pointed !== null && (
        <Bubble at={pointed} duration={duration} tiles={tiles} image={preview?.image_url} />
      )}
      <input
        ref={range}
        type="range"
        min={0}
        max={duration}
        step={0.1}
        aria-label={t('seek')}
        onInput={(event) => {
          const at = Number(event.currentTarget.value);
          fill(event.currentTarget, at, duration);
          if (dragging.current) setPointed(at);
          player?.seek(at);
        }}
        onPointerDown={() => (dragging.current = true)}
        onPointerMove={(event) => event.pointerType === 'mouse' && pointAt(event)}
        onPointerLeave={() => dragging.current || setPointed(null)}
        onPointerUp={end}
        onPointerCancel={end}
      />
    </div>
  );
}

function fill(el: HTMLInputElement, at: number, duration: number): void {
  el.value = String(at);
  el.style.setProperty('--done', `${duration > 0 ? (100 * at) / duration : 0}%`);
  el.setAttribute('aria-valuetext', `${clock(at)} / ${clock(duration)}`);
}

interface BubbleProps {
  at: number;
  duration: number;
  tiles: Tile[];
  image: string | undefined;
}

function Bubble({ at, duration, tiles, image }: BubbleProps) {
  const tile = tileAt(tiles, at);
  const part = duration > 0 ? at / duration : 0;
  return (
    <div class="bubble" style={{ left: `clamp(3.5rem, ${100 * part}%, 100% - 3.5rem)` }} aria-hidden="true">
      {tile && image && (
        <div
          class="bubble-picture"
          style={{
            width: `${tile.width}px`,
            height: `${tile.height}px`,
            backgroundImage: `url("${image}")`,
            backgroundPosition: `-${tile.x}px -${tile.y}px`,
          }}
        />
      )}
      <span>{clock(at)}</span>
    </div>
  );
}

/** Reads the list of pictures when somebody first wants one. */
function useTiles(preview: Video['preview'], wanted: boolean): Tile[] {
  const [tiles, setTiles] = useState<Tile[]>([]);
  const url = preview?.vtt_url;
  useEffect(() => {
    if (!wanted || !url || tiles.length > 0) return;
    let gone = false;
    fetch(url)
      .then((answer) => (answer.ok ? answer.text() : ''))
      .then((text) => gone || setTiles(parseTiles(text)))
      .catch(() => undefined); // Without pictures the time is shown.
    return () => {
      gone = true;
    };
  }, [url, wanted, tiles.length]);
  return tiles;
}
