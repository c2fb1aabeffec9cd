import type { Video } from '../api/types';
import { alignment } from './alignment';
import { giveBack, takeElement } from './elements';
import { FULL, hlsNow, loadHls, openFile, openHls, playsHlsItself, TASTE, type Media } from './media';

export type Source = Pick<Video, 'hls_url' | 'mp4_url'>;
export type State = 'loading' | 'shown' | 'playing' | 'waiting' | 'failed';

export interface Orders {
  play: boolean;
  muted: boolean;
  /** Whether it is on the screen, or only comes next. */
  active: boolean;
}

interface Listener {
  onState(state: State): void;
  /** It has enough in advance: what comes next may have the network. */
  onEase(): void;
  /** The browser lets nothing start like this: with sound, or at all. */
  onRefused(muted: boolean): void;
  /** Reads the video again, for its URLs expire. */
  renew(): Promise<Source>;
}

interface Track {
  el: HTMLVideoElement;
  media: Media;
}

const MEDIA_EVENTS = [
  'playing',
  'pause',
  'waiting',
  'timeupdate',
  'durationchange',
  'seeked',
  'resize',
] as const;

/**
 * Plays one video in `host`. The first one begins on the progressive file, which needs one request to the first frame,
 * and goes on adaptively once hls.js is there; those that come next are adaptive from their start. To go over from one
 * source to another (to better quality, or away from URLs that have expired) a second element gets ready under the
 * first at the same moment of the video, and then takes its place.
 */
export class Player {
  /** The media events of whichever element is on the screen. */
  readonly events = new EventTarget();

  private track: Track | null = null;
  private coming: Track | null = null;
  private orders: Orders = { play: false, muted: true, active: false };
  private closed = false;
  private shown = false;
  private improving = false;
  private renewals = 0;
  private renewed = 0; // when the last was
  private source: Source;

  constructor(
    private readonly host: HTMLElement,
    source: Source,
    private readonly listener: Listener,
  ) {
    this.source = source;
  }

  get element(): HTMLVideoElement | null {
    return this.track?.el ?? null;
  }

  get paused(): boolean {
    return this.track?.el.paused ?? true;
  }

  follow(orders: Orders): void {
    const left = this.orders.active && !orders.active;
    this.orders = orders;
    if (!this.track) void this.begin();
    this.track?.media.lookAhead(orders.active ? FULL : TASTE);
    if (left && this.track) this.track.el.currentTime = 0;
    this.obey();
  }

  seek(seconds: number): void {
    if (this.track) this.track.el.currentTime = seconds;
  }

  applyQuality(): void {
    this.track?.media.applyQuality();
  }

  retry(): void {
    this.renewals = 0;
    this.listener.onState('loading');
    void this.renew();
  }

  close(): void {
    this.closed = true;
    this.leave(this.coming);
    this.leave(this.track);
    this.coming = this.track = null;
  }

  private async begin(): Promise<void> {
    const { hls_url, mp4_url } = this.source;
    const adaptive = hls_url !== null && !playsHlsItself();
    // Not on the screen yet, there is time to do it right; and where the file has failed, there is another way.
    if (adaptive && !this.orders.active) await quiet();
    if (adaptive && (!this.orders.active || this.renewals > 0)) await loadHls();
    if (this.closed || this.track) return;
    const start = (adaptive && hlsNow()) || !mp4_url ? hls_url : mp4_url;
    if (!start) return this.fail();
    this.adopt(this.open(start === hls_url ? { hls_url, mp4_url: null } : { hls_url: null, mp4_url }, 0));
    this.obey();
  }

  private open({ hls_url, mp4_url }: Source, at: number): Track {
    const el = takeElement();
    const library = hlsNow();
    const track: Track = { el, media: null as unknown as Media };
    const onFatal = () => this.lost(track);
    if (hls_url && library && !playsHlsItself()) track.media = openHls(library, el, hls_url, at, onFatal);
    else track.media = openFile(el, hls_url ?? mp4_url ?? '', at, onFatal);
    track.media.lookAhead(this.orders.active ? FULL : TASTE);
    this.host.prepend(el); // Under the one on the screen, if there is one.
    return track;
  }

  private adopt(track: Track): void {
    this.track = track;
    for (const name of MEDIA_EVENTS) track.el.addEventListener(name, this.pass);
    track.el.addEventListener('loadeddata', this.onFrame);
    if (track.el.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) this.onFrame();
  }

  private leave(track: Track | null): void {
    if (!track) return;
    for (const name of MEDIA_EVENTS) track.el.removeEventListener(name, this.pass);
    track.el.removeEventListener('loadeddata', this.onFrame);
    track.media.close();
    giveBack(track.el);
  }

  private readonly pass = (event: Event) => {
    this.events.dispatchEvent(new Event(event.type));
    if (event.type === 'playing') this.listener.onState('playing');
    if (event.type === 'waiting' && this.orders.play) this.listener.onState('waiting');
    if (event.type === 'timeupdate' && this.orders.active && this.track && isAtEase(this.track.el)) {
      this.listener.onEase();
      void this.improve();
    }
  };

  private readonly onFrame = () => {
    this.shown = true;
    this.track?.el.classList.add('shown');
    this.listener.onState('shown');
    this.obey();
  };

  /** Makes the element do what was ordered. */
  private obey(): void {
    const el = this.track?.el;
    if (!el || !this.shown) return;
    el.muted = this.orders.muted;
    if (!this.orders.play) return el.pause();
    if (!el.paused) return;
    el.play().catch((error: unknown) => {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError' || this.closed) return;
      this.listener.onRefused(el.muted);
    });
  }

  /** From the file to adaptive streaming. */
  private async improve(): Promise<void> {
    const { hls_url } = this.source;
    if (!hls_url || this.improving || !this.track || this.track.media.adaptive || playsHlsItself()) return;
    this.improving = true;
    await quiet();
    if (await loadHls()) {
      await quiet();
      if (this.track?.media.adaptive === false && !this.coming) await this.goOver({ hls_url, mp4_url: null });
    }
    this.improving = false; // Tried again with the next moment of the video.
  }

  /** Goes on with another source where this one is. Tells whether it does. */
  private async goOver(source: Source): Promise<boolean> {
    const old = this.track;
    if (!old) return false;
    this.leave(this.coming);
    const next = this.open(source, old.el.currentTime);
    this.coming = next;
    const unwanted = () => this.closed || this.coming !== next;
    const ready = await alignment(old.el, next.el, unwanted);
    if (unwanted()) return false;
    this.coming = null;
    if (!ready) {
      this.leave(next);
      return false;
    }
    this.leave(old);
    this.adopt(next);
    return true;
  }

  private lost(track: Track): void {
    if (this.closed) return;
    if (track === this.coming) {
      // What plays goes on.
      this.coming = null;
      this.leave(track);
    } else if (track === this.track) void this.renew();
  }

  /** Signed URLs end after some hours: an open tab gets new ones. What fails again at once has another reason. */
  private async renew(): Promise<void> {
    if (performance.now() - this.renewed > 60_000) this.renewals = 0;
    if (this.renewals >= 2) return this.fail();
    this.renewals += 1;
    this.renewed = performance.now();
    try {
      this.source = await this.listener.renew();
    } catch {
      return this.fail();
    }
    if (this.closed) return;
    if (this.shown && this.track) {
      const { hls_url, mp4_url } = this.source;
      const adaptive = hls_url && (hlsNow() || playsHlsItself());
      const goesOn = await this.goOver(adaptive ? { hls_url, mp4_url: null } : { hls_url: null, mp4_url });
      if (!goesOn && !this.closed) await this.renew();
    } else {
      this.leave(this.track);
      this.track = null;
      await this.begin();
    }
  }

  private fail(): void {
    if (!this.closed) this.listener.onState('failed');
  }
}

/** Until the page has nothing better to do. */
function quiet(): Promise<unknown> {
  if (!('requestIdleCallback' in window)) return new Promise((resolve) => setTimeout(resolve, 50));
  return new Promise((resolve) => requestIdleCallback(resolve, { timeout: 1000 }));
}

/** Whether it has four seconds in advance, or all. */
function isAtEase({ buffered, currentTime, duration }: HTMLVideoElement): boolean {
  for (let i = 0; i < buffered.length; i++) {
    if (buffered.start(i) <= currentTime + 0.1 && currentTime <= buffered.end(i)) {
      return buffered.end(i) - currentTime >= 4 || buffered.end(i) >= duration - 0.2;
    }
  }
  return false;
}
