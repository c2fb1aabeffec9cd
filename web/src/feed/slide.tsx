import { useEffect, useRef, useState } from 'preact/hooks';
import type { Video } from '../api/types';
import { ago, shortNumber } from '../format';
import { useLang } from '../i18n';
import { Icon } from '../ui/icons';
import { Rail } from './rail';
import { attach } from './playback';
import { trackView } from './view_report';
import { api, ensureViewer } from '../session';

export interface SlideActions {
  like(video: Video): void;
  comment(video: Video): void;
  renew(id: string): Promise<Video>;
  patch(id: string, change: Partial<Video>): void;
}

interface Props {
  video: Video;
  position: number;
  near: boolean;
  active: boolean;
  paused: boolean;
  muted: boolean;
  onPaused(paused: boolean): void;
  onMuted(muted: boolean): void;
  actions: SlideActions;
}

export function Slide({ video, position, near, active, paused, muted, onPaused, onMuted, actions }: Props) {
  const { t, lang } = useLang();
  const player = useRef<HTMLVideoElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  const renewed = useRef(false);
  const [broken, setBroken] = useState(false);
  const [waiting, setWaiting] = useState(false);
  const { id, hls_url, mp4_url, play_token, duration } = video;

  // Only the slide on screen and its neighbors hold a player.
  useEffect(() => {
    const el = player.current;
    if (!el || !near) return;
    setBroken(false);
    return attach(el, { hls_url, mp4_url }, () => {
      // Signed URLs end after some hours; an open tab gets new ones once before it gives up.
      if (renewed.current) return setBroken(true);
      renewed.current = true;
      actions.renew(id).then(
        (fresh) => setBroken(fresh.hls_url === hls_url && fresh.mp4_url === mp4_url),
        () => setBroken(true),
      );
    });
  }, [near, id, hls_url, mp4_url, actions]);

  useEffect(() => {
    const el = player.current;
    if (!el || !near) return;
    el.muted = muted;
    if (!active || paused) {
      el.pause();
      if (!active) el.currentTime = 0;
      return;
    }
    const play = () =>
      void el.play().catch((e: unknown) => {
        // Browsers let nothing start with sound before the first touch.
        if (e instanceof DOMException && e.name === 'NotAllowedError') {
          if (el.muted) onPaused(true);
          else onMuted(true);
        }
      });
    // Media that arrives later interrupts an earlier play().
    el.addEventListener('canplay', play);
    if (el.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) play();
    return () => el.removeEventListener('canplay', play);
  }, [near, active, paused, muted, onPaused, onMuted]);

  useEffect(() => {
    const el = player.current;
    if (!el || !active || !play_token) return;
    return trackView(el, duration, async (watched_ms) => {
      await ensureViewer();
      const answer = await api.post('/videos/{id}/view', { path: { id }, body: { play_token, watched_ms } });
      actions.patch(id, { view_count: answer.view_count });
      return answer;
    });
  }, [active, id, play_token, duration, actions]);

  const onTime = () => {
    const el = player.current;
    if (el && bar.current && el.duration > 0) {
      bar.current.style.transform = `scaleX(${el.currentTime / el.duration})`;
    }
  };
  const poster = video.thumbnail_url ?? undefined;
  const tall = video.width !== null && video.height !== null && video.height / video.width > 1.4;

  return (
    <article
      class="slide"
      inert={!active}
      aria-label={video.title}
      aria-posinset={position}
      aria-setsize={-1}
    >
      <div class="stage">
        <div class="frame">
          {near && poster && !tall && <img class="slide-glow" src={poster} alt="" />}
          {near && (
            <video
              ref={player}
              class={tall ? 'slide-video tall' : 'slide-video'}
              poster={poster}
              playsInline
              loop
              preload="auto"
              aria-label={video.title}
              onTimeUpdate={onTime}
              onWaiting={() => setWaiting(true)}
              onPlaying={() => setWaiting(false)}
            />
          )}
        </div>
        <button
          type="button"
          class="slide-tap"
          aria-label={paused ? t('play') : t('pause')}
          onClick={() => onPaused(!paused)}
        >
          {paused && active && !broken && <Icon name="play" />}
        </button>
        {waiting && !paused && !broken && <span class="spinner" />}
        {broken && (
          <p class="slide-broken" role="alert">
            {t('play_failed')}
          </p>
        )}
        <div class="slide-info">
          <p class="slide-author">@{video.author.username}</p>
          <h2>{video.title}</h2>
          {video.description && <p class="slide-text">{video.description}</p>}
          <p class="slide-facts">
            {video.view_count === 1 ? t('oneView') : t('views', { n: shortNumber(video.view_count, lang) })} ·{' '}
            {ago(video.published_at ?? video.created_at, lang)}
          </p>
        </div>
        <Rail video={video} muted={muted} onMuted={onMuted} actions={actions} />
        <div class="slide-bar" aria-hidden="true">
          <div ref={bar} />
        </div>
      </div>
    </article>
  );
}
