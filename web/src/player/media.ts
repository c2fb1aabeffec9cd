import type Hls from 'hls.js';
import { chosenQuality, knownBandwidth, rememberBandwidth, savesData } from './economy';

type Library = typeof Hls;

/** How an element gets its bytes. */
export interface Media {
  adaptive: boolean;
  /** How many seconds to hold in advance: a taste of a video that comes next, or what playing needs. */
  lookAhead(seconds: number): void;
  /** Follows the quality that was just chosen for all. */
  applyQuality(): void;
  close(): void;
}

/** Seconds held ahead of a video that plays, and of one that waits for its turn: its first segment is 2 s. */
export const FULL = 12;
export const TASTE = 1;

const REFUSED = [401, 403, 404, 410];

let library: Library | null | undefined;
let loading: Promise<Library | null> | undefined;

/** hls.js where it has been loaded; null where the browser cannot run it; undefined where it was not loaded yet. */
export function hlsNow(): Library | null | undefined {
  return library;
}

/** hls.js is four fifths of all script: it is loaded when the first video is on the screen. */
export function loadHls(): Promise<Library | null> {
  loading ??= import('hls.js/light').then(
    ({ default: found }) => (library = found.isSupported() ? found : null),
    () => {
      loading = undefined; // The network may be back for the next video.
      return null;
    },
  );
  return loading;
}

/** Where Media Source exists hls.js chooses qualities better than the browser's own player. */
export function playsHlsItself(): boolean {
  if ('MediaSource' in window || 'ManagedMediaSource' in window) return false;
  return document.createElement('video').canPlayType('application/vnd.apple.mpegurl') !== '';
}

/** A file, or a playlist for a browser that plays HLS itself. */
export function openFile(el: HTMLVideoElement, url: string, at: number, onFatal: () => void): Media {
  const onError = () => onFatal();
  const start = () => {
    if (at > 0) el.currentTime = at;
  };
  el.addEventListener('error', onError);
  el.addEventListener('loadedmetadata', start);
  el.src = url;
  return {
    adaptive: false,
    lookAhead: (seconds) => (el.preload = seconds >= FULL ? 'auto' : 'metadata'),
    applyQuality: () => undefined,
    close() {
      el.removeEventListener('error', onError);
      el.removeEventListener('loadedmetadata', start);
      empty(el);
    },
  };
}

export function openHls(
  Player: Library,
  el: HTMLVideoElement,
  url: string,
  at: number,
  onFatal: () => void,
): Media {
  let repaired = false;
  let lost = false;
  const lose = () => {
    if (!lost) onFatal();
    lost = true;
  };
  const hls = new Player({
    startPosition: at,
    maxBufferLength: TASTE,
    maxMaxBufferLength: TASTE, // else it would hold as much as fits into its 60 MB
    backBufferLength: 60, // A short video stays whole, so its second round costs nothing.
    capLevelToPlayerSize: true,
    abrEwmaDefaultEstimate: knownBandwidth(),
    startFragPrefetch: true,
    // The segments are fragmented MP4 already: nothing to convert that would be worth a thread and its start.
    enableWorker: false,
  });
  hls.on(Player.Events.MANIFEST_PARSED, () => {
    const wanted = chosenQuality();
    if (wanted !== null) hls.startLevel = hls.loadLevel = nearest(hls, wanted);
    else if (savesData()) hls.autoLevelCapping = nearest(hls, 480);
  });
  hls.on(Player.Events.FRAG_BUFFERED, () => rememberBandwidth(hls.bandwidthEstimate));
  hls.on(Player.Events.ERROR, (_, data) => {
    // Refused for good, most likely because the link has expired: what is held in advance gives time for a new one.
    if (REFUSED.includes(data.response?.code ?? 0)) {
      hls.stopLoad();
      return lose();
    }
    if (!data.fatal) return;
    if (data.type === Player.ErrorTypes.MEDIA_ERROR && !repaired) {
      repaired = true;
      hls.recoverMediaError();
    } else lose();
  });
  hls.loadSource(url);
  hls.attachMedia(el);
  return {
    adaptive: true,
    lookAhead: (seconds) => (hls.config.maxBufferLength = hls.config.maxMaxBufferLength = seconds),
    applyQuality() {
      const wanted = chosenQuality();
      if (wanted === null) hls.nextLevel = -1;
      else showNow(Player, hls, el, nearest(hls, wanted));
    },
    close() {
      hls.destroy();
      empty(el);
    },
  };
}

/**
 * At once: who asked for it looks for it. What was decoded stays on the screen until a seek, though: while the video stands
 * still, and where its last segment was the one that was exchanged. So it seeks to where it is.
 */
function showNow(Player: Library, hls: Hls, el: HTMLVideoElement, level: number): void {
  if (hls.currentLevel === level) return;
  const { FRAG_BUFFERED } = Player.Events;
  const show = (_: string, { frag }: { frag: { level: number; sn: number | 'initSegment' } }) => {
    if (frag.level !== level || frag.sn === 'initSegment') return;
    hls.off(FRAG_BUFFERED, show);
    el.currentTime = Number(el.currentTime);
  };
  hls.on(FRAG_BUFFERED, show);
  hls.currentLevel = level;
}

/** The largest level whose short side is at most this long, else the smallest. */
function nearest(hls: Hls, shortSide: number): number {
  let best = 0;
  hls.levels.forEach((level, i) => {
    if (Math.min(level.width, level.height) <= shortSide) best = i;
  });
  return best;
}

function empty(el: HTMLVideoElement): void {
  el.pause();
  el.removeAttribute('src');
  el.load();
}
