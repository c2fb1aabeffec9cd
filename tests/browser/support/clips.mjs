// Clips that ffmpeg draws: something pleasant that moves, and a tone.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

const PALETTES = [
  ['#ff5f6d', '#ffc371', '#7b2ff7'],
  ['#00c9ff', '#92fe9d', '#0b486b'],
  ['#f857a6', '#ff5858', '#2b1055'],
  ['#43cea2', '#185a9d', '#f9d423'],
  ['#fc466b', '#3f5efb', '#12c2e9'],
  ['#f7971e', '#ffd200', '#c31432'],
];

/** What the picture of the `number`th clip is drawn from, as a source of ffmpeg's lavfi. */
export function drawing(number, { width, height, seconds, rate = 30 }) {
  const colors = PALETTES[number % PALETTES.length].map((color, i) => `c${i}=${color}`).join(':');
  const shape = `n=3:x0=0:y0=0:x1=${width - 1}:y1=${height - 1}`;
  return `gradients=size=${width}x${height}:rate=${rate}:duration=${seconds}:${colors}:${shape}:seed=${number + 1}:speed=0.02`;
}

/** Writes an MP4 (H.264, AAC) of some seconds to `path`; clips of different numbers look different. */
export async function makeClip(path, number, { width = 360, height = 640, seconds = 4 } = {}) {
  await run('ffmpeg', [
    ...['-nostdin', '-v', 'error', '-y'],
    ...['-f', 'lavfi', '-i', drawing(number, { width, height, seconds })],
    ...['-f', 'lavfi', '-i', `sine=frequency=${220 + 20 * (number % 12)}:duration=${seconds}`],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', '60', '-c:a', 'aac'],
    ...['-movflags', '+faststart', '-shortest', path],
  ]);
  return path;
}
