import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Video } from '../api/types';
import { ago, shortNumber } from '../format';
import { useLang } from '../i18n';
import { chooseQuality } from '../player/economy';
import { Player, type State } from '../player/player';
import { Scrubber } from '../player/scrubber';
import { api, ensureViewer } from '../session';
import { AuthorLink } from '../ui/author_link';
import { Icon } from '../ui/icons';
import { tapListener } from './gestures';
import { Hearts, useHearts } from './hearts';
import { Rail } from './rail';
import { trackView } from './view_report';

export interface SlideActions {
  like(video: Video): void;
  comment(video: Video): void;
  share(video: Video): void;
  renew(id: string): Promise<Video>;
  patch(id: string, change: Partial<Video>): void;
}

interface Props {
  video: Video;
  /** Its place in the walk, from 1, and in the list as it is now, from 0. */
  position: number;
  index: number;
  active: boolean;
  /** Whether its player may load: at once on the screen, in advance beside it. */
  loads: boolean;
  paused: boolean;
  muted: boolean;
  onPaused(paused: boolean): void;
  onMuted(muted: boolean): void;
  onEase(): void;
  actions: SlideActions;
}

export function Slide(props: Props) {
  const { video, position, index, active, loads, paused, muted, onPaused, onMuted, onEase, actions } = props;
  const { t } = useLang();
  const { id, play_token, duration } = video;
  const host = useRef<HTMLDivElement>(null);
  const { player, state } = usePlayer(host, {
    video,
    active,
    loads,
    paused,
    muted,
    onPaused,
    onMuted,
    onEase,
    actions,
  });
  const { hearts, addHeart } = useHearts();

  useEffect(() => {
    if (!player || !active || !play_token) return;
    return trackView(player, duration, async (watched_ms, leaving) => {
      // A page that goes away has no time for two questions.
      if (!leaving) await ensureViewer();
      const body = { play_token, watched_ms };
      const answer = await api.post('/videos/{id}/view', { path: { id }, body }, leaving);
      actions.patch(id, { view_count: answer.view_count });
      return answer;
    });
  }, [player, active, id, play_token, duration, actions]);

  const latest = useRef({ tap: () => {}, like: () => {} });
  latest.current = {
    tap: () => onPaused(!paused),
    like: () => video.liked || actions.like(video),
  };
  const onTap = useMemo(
    () =>
      tapListener(
        () => latest.current.tap(),
        (event) => {
          addHeart(event);
          latest.current.like();
        },
      ),
    [addHeart],
  );

  const failed = state === 'failed';
  const tall = video.width !== null && video.height !== null && video.height / video.width > 1.4;
  return (
    <article
      class="slide"
      style={{ top: `${index * 100}%` }}
      inert={!active}
      aria-label={video.title}
      aria-posinset={position}
      aria-setsize={-1}
    >
      <div class="stage">
        <div class={tall ? 'frame tall' : 'frame'}>
          <Poster video={video} glows={!tall} urgent={active} />
          <div class="player" ref={host} />
        </div>
        <button type="button" class="slide-tap" aria-label={t(paused ? 'play' : 'pause')} onClick={onTap}>
          {paused && active && !failed && <Icon name="play" />}
        </button>
        <Hearts hearts={hearts} />
        {active && <Waiting is={state === 'waiting' || state === 'loading'} />}
        {failed && (
          <div class="slide-broken" role="alert">
            <p>{t('play_failed')}</p>
            <button type="button" class="button" onClick={() => player?.retry()}>
              {t('retry')}
            </button>
          </div>
        )}
        <Info video={video} />
        <Rail
          video={video}
          muted={muted}
          onMuted={onMuted}
          onQuality={(shortSide) => {
            chooseQuality(shortSide);
            player?.applyQuality();
          }}
          actions={actions}
        />
        {active && duration !== null && (
          <Scrubber player={player} duration={duration} preview={video.preview} />
        )}
      </div>
    </article>
  );
}

function usePlayer(
  host: { readonly current: HTMLElement | null },
  {
    video,
    active,
    loads,
    paused,
    muted,
    onPaused,
    onMuted,
    onEase,
    actions,
  }: Omit<Props, 'position' | 'index'>,
): { player: Player | null; state: State } {
  const [player, setPlayer] = useState<Player | null>(null);
  const [state, setState] = useState<State>('loading');
  const { id } = video;
  const latest = useRef({ video, onPaused, onMuted, onEase });
  latest.current = { video, onPaused, onMuted, onEase };

  // One player for as long as the slide is near; new URLs of the video reach it when it asks for them.
  useLayoutEffect(() => {
    if (!host.current || !loads) return;
    const made = new Player(host.current, latest.current.video, {
      onState: setState,
      onEase: () => latest.current.onEase(),
      onRefused: (wasMuted) => (wasMuted ? latest.current.onPaused(true) : latest.current.onMuted(true)),
      renew: () => actions.renew(id),
    });
    setPlayer(made);
    return () => {
      made.close();
      setPlayer(null);
      setState('loading');
    };
  }, [loads, id, actions, host]);

  useLayoutEffect(
    () => player?.follow({ active, play: active && !paused, muted }),
    [player, active, paused, muted],
  );

  useEffect(() => {
    if (state !== 'failed' || !player) return;
    const again = () => player.retry();
    addEventListener('online', again);
    return () => removeEventListener('online', again);
  }, [state, player]);

  return { player, state };
}

function Poster({ video, glows, urgent }: { video: Video; glows: boolean; urgent: boolean }) {
  const url = video.thumbnail_url;
  if (!url) return null;
  return (
    <>
      {glows && <img class="glow" src={url} alt="" />}
      <img class="poster" src={url} alt="" fetchpriority={urgent ? 'high' : 'low'} />
    </>
  );
}

/** A short wait is none: the circle shows only after a while. */
function Waiting({ is }: { is: boolean }) {
  const { t } = useLang();
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!is) return;
    const timer = setTimeout(() => setShown(true), 400);
    return () => {
      clearTimeout(timer);
      setShown(false);
    };
  }, [is]);
  if (!shown) return null;
  return (
    <div class="waiting" role="status">
      <span class="spinner" />
      <span class="hidden">{t('loading')}</span>
    </div>
  );
}

function Info({ video }: { video: Video }) {
  const { t, lang } = useLang();
  const [whole, setWhole] = useState(false);
  const views =
    video.view_count === 1 ? t('oneView') : t('views', { n: shortNumber(video.view_count, lang) });
  return (
    <div class={whole ? 'slide-info whole' : 'slide-info'}>
      <AuthorLink username={video.author.username} />
      <h2>{video.title}</h2>
      {video.description && (
        <button type="button" class="slide-text" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {video.description}
        </button>
      )}
      <p class="slide-facts">
        {views} · {ago(video.published_at ?? video.created_at, lang)}
      </p>
    </div>
  );
}
