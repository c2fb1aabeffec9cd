import type { UploadLimits } from '../api/types';

export type FileFault =
  | { kind: 'empty' }
  | { kind: 'no_video' }
  | { kind: 'too_large'; max_size: number }
  | { kind: 'too_long'; max_seconds: number };

// Files whose kind the system does not know come without a type.
const ENDINGS = /\.(3g2|3gp|avi|flv|gif|m2ts|m4v|mkv|mov|mp4|mpeg|mpg|mts|mxf|ogv|ts|vob|webm|wmv)$/i;
// Above the server's limit, which is of whole seconds.
const SLACK = 1;

/** What the server would refuse, found before anything is sent. What cannot be read here, the server looks at. */
export async function checkFile(
  file: File,
  limits: UploadLimits | null,
  length: (file: File) => Promise<number | null> = lengthOf,
): Promise<FileFault | null> {
  if (file.size === 0) return { kind: 'empty' };
  if (!mayBeVideo(file)) return { kind: 'no_video' };
  if (!limits) return null;
  const { max_size, max_seconds } = limits;
  if (file.size > max_size) return { kind: 'too_large', max_size };
  const seconds = await length(file);
  return seconds !== null && seconds > max_seconds + SLACK ? { kind: 'too_long', max_seconds } : null;
}

/** The type that the server is told: one that it takes, or none in particular. */
export function typeOf(file: File): string {
  return isVideoType(file.type) ? file.type : 'application/octet-stream';
}

function mayBeVideo(file: File): boolean {
  return isVideoType(file.type) || ENDINGS.test(file.name);
}

function isVideoType(type: string): boolean {
  return type.startsWith('video/') || type === 'image/gif';
}

const PATIENCE = 5000;

/** Seconds of a video; null where this browser cannot tell. */
function lengthOf(file: File): Promise<number | null> {
  const url = URL.createObjectURL(file);
  const video = document.createElement('video');
  const told = new Promise<number | null>((done) => {
    video.onloadedmetadata = () => done(Number.isFinite(video.duration) ? video.duration : null);
    video.onerror = () => done(null);
    setTimeout(done, PATIENCE, null);
  });
  video.preload = 'metadata';
  video.src = url;
  return told.finally(() => {
    video.removeAttribute('src');
    URL.revokeObjectURL(url);
  });
}
