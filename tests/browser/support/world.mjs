// A server with videos, and a browser.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { newUser } from './api.mjs';
import { startChromium } from './chromium.mjs';
import { makeClip } from './clips.mjs';
import { startLuot } from './luot.mjs';

/**
 * `clips`: what is uploaded, the last one is the newest: {title, width, height, seconds ...}. Returns {luot, browser,
 * author, videos, close}.
 */
export async function openWorld(clips, settings = {}) {
  const luot = await startLuot(settings);
  let browser;
  const close = async () => {
    await browser?.close();
    await luot.stop();
  };
  try {
    browser = await startChromium();
    const author = await newUser(luot.url, 'linh.surf');
    const folder = join(luot.folder, 'clips');
    await mkdir(folder);
    const videos = [];
    for (const [number, { title, description, ...look }] of clips.entries()) {
      const path = await makeClip(join(folder, `${number}.mp4`), number, look);
      videos.push(await author.upload(path, { title, ...(description && { description }) }));
    }
    return { luot, browser, author, videos, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

/** `count` clips that cost next to nothing. */
export function smallClips(count) {
  const look = { width: 180, height: 320, seconds: 3 };
  return Array.from({ length: count }, (_, number) => ({ title: `Wave ${number}`, ...look }));
}
