import type Hls from 'hls.js';
import type { Video } from '../api/types';

type Source = Pick<Video, 'hls_url' | 'mp4_url'>;

/**
 * Gives an element its video: adaptive where the browser or hls.js can, else the one progressive file.
 * `onFatal` is told when neither plays. Returns how to take the video away again.
 */
export function attach(el: HTMLVideoElement, source: Source, onFatal: () => void): () => void {
  let gone = false;
  let hls: Hls | null = null;

  const useFile = (url: string | null) => {
    if (gone) return;
    if (!url) return onFatal();
    el.src = url;
  };
  const fallBack = () => {
    hls?.destroy();
    hls = null;
    useFile(source.mp4_url);
  };
  // hls.js reports its own errors; what the element says meanwhile is an echo of them.
  const onError = () => {
    if (hls || !el.currentSrc) return;
    if (el.currentSrc === source.hls_url && source.mp4_url) fallBack();
    else onFatal();
  };
  el.addEventListener('error', onError);

  if (!source.hls_url) useFile(source.mp4_url);
  else if (playsHls(el)) useFile(source.hls_url);
  else void adapt(source.hls_url);

  async function adapt(url: string) {
    const loaded = await import('hls.js/light').catch(() => null);
    if (gone) return;
    if (!loaded?.default.isSupported()) return fallBack();
    const Player = loaded.default;
    let repaired = false;
    // A short look-ahead: most videos of a feed are left before their end.
    hls = new Player({ maxBufferLength: 12, capLevelToPlayerSize: true });
    hls.on(Player.Events.ERROR, (_, data) => {
      if (!data.fatal) return;
      if (data.type === Player.ErrorTypes.MEDIA_ERROR && !repaired) {
        repaired = true;
        hls?.recoverMediaError();
      } else fallBack();
    });
    hls.loadSource(url);
    hls.attachMedia(el);
  }

  return () => {
    gone = true;
    el.removeEventListener('error', onError);
    hls?.destroy();
    el.removeAttribute('src');
    el.load();
  };
}

// Where Media Source exists hls.js chooses qualities better than the browser's own player.
function playsHls(el: HTMLVideoElement): boolean {
  const mediaSource = 'MediaSource' in window || 'ManagedMediaSource' in window;
  return !mediaSource && el.canPlayType('application/vnd.apple.mpegurl') !== '';
}
