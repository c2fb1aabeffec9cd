// Video elements are used again and again: however long somebody scrolls, there are never more than play at once. And
// one that a person has allowed to sound stays allowed to.
const idle: HTMLVideoElement[] = [];
const inUse = new Set<HTMLVideoElement>();

export function takeElement(): HTMLVideoElement {
  const el = idle.pop() ?? document.createElement('video');
  inUse.add(el);
  el.className = 'player-video';
  el.muted = true;
  el.loop = true;
  el.playsInline = true;
  el.disablePictureInPicture = true;
  el.preload = 'auto';
  // hls.js reads the same file from the browser's cache: what an element had asked S3 for without an origin would stand
  // there without the permission for scripts.
  el.crossOrigin = 'anonymous';
  return el;
}

/** The element must have been emptied. */
export function giveBack(el: HTMLVideoElement): void {
  el.remove();
  inUse.delete(el);
  idle.push(el);
}

/**
 * To be called while a person taps to hear something: Safari lets an element sound later only if it was unmuted within
 * a gesture.
 */
export function allowSound(): void {
  for (const el of [...idle, ...inUse]) {
    const { muted } = el;
    el.muted = false;
    el.muted = muted;
  }
}
