// What the ladder makes, in the player that most people have: hls.js plays every rung, changes between them, seeks, and
// each rung's own file plays from its beginning on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DESKTOP, newPage } from './support/chromium.mjs';
import { openWorld } from './support/world.mjs';

const HLS = fileURLToPath(new URL('../../web/node_modules/hls.js/dist/hls.min.js', import.meta.url));
const SECONDS = 30;
const NAMES = ['240p', '480p', '720p'];

let world;
let video;

before(async () => {
  world = await openWorld([{ title: 'All sizes', width: 720, height: 1280, seconds: SECONDS }]);
  [video] = world.videos;
});
after(() => world?.close());

/** A page of the server's own origin that has nothing but hls.js and a player in it. */
async function openPlayer() {
  const page = await newPage(world.browser, DESKTOP, { bypassCSP: true });
  await page.goto(`${world.luot.url}/healthz`);
  await page.setContent('<video muted playsinline width="360" height="640"></video>');
  await page.addScriptTag({ path: HLS });
  await page.evaluate(() => {
    window.player = document.querySelector('video');
    window.troubles = [];
    window.until = async (holds, what) => {
      for (const started = performance.now(); performance.now() - started < 20_000;) {
        if (holds()) return;
        await new Promise((done) => setTimeout(done, 20));
      }
      const { currentTime, readyState, videoHeight } = window.player;
      throw new Error(
        `${what}: ${JSON.stringify({ currentTime, readyState, videoHeight })} ${window.troubles}`,
      );
    };
    window.plays = async (seconds) => {
      const { player } = window;
      const from = player.currentTime;
      const frames = player.getVideoPlaybackQuality().totalVideoFrames;
      await window.until(() => player.currentTime >= from + seconds, `plays from ${from}`);
      return player.getVideoPlaybackQuality().totalVideoFrames - frames;
    };
  });
  return page;
}

/** Plays `url` on one level until it is told another. */
const attach = (page, url, startLevel = 0) =>
  page.evaluate(
    async ([source, level]) => {
      const hls = new window.Hls({ startLevel: level, maxBufferLength: 4, maxMaxBufferLength: 4 });
      window.hls = hls;
      // A seek ends a load that it makes useless, and hls.js tells that like an error.
      const expected = window.Hls.ErrorDetails.INTERNAL_ABORTED;
      hls.on(window.Hls.Events.ERROR, (_, { details, fatal }) => {
        if (fatal || details !== expected) window.troubles.push(details);
      });
      hls.loadSource(source);
      hls.attachMedia(window.player);
      await window.until(() => hls.levels.length > 0, 'has levels');
      hls.loadLevel = level;
      await window.player.play();
      return hls.levels.map((level) => ({
        height: level.height,
        width: level.width,
        codecs: level.attrs.CODECS,
      }));
    },
    [url, startLevel],
  );

test('hls.js plays every rung, and changes between them while it plays', async () => {
  const page = await openPlayer();
  const levels = await attach(page, video.hls_url);
  assert.deepEqual(
    levels.map((level) => `${level.width}p`),
    NAMES,
  );
  assert.ok(levels.every((level) => /^avc1\.[0-9a-f]{6},mp4a\.40\.2$/.test(level.codecs)));
  for (const number of [0, 1, 2, 0, 2, 1]) {
    const seen = await page.evaluate(async (level) => {
      const { hls, player, until, plays } = window;
      hls.nextLevel = level;
      const { height } = hls.levels[level];
      await until(() => player.videoHeight === height, `shows ${height}`);
      return { frames: await plays(1), height: player.videoHeight };
    }, number);
    assert.equal(seen.height, levels[number].height);
    assert.ok(seen.frames >= 20, `${seen.frames} frames in a second of ${NAMES[number]}`);
  }
  assert.deepEqual(await page.evaluate(() => window.troubles), []);
  await page.context().close();
});

for (const [number, name] of NAMES.entries())
  test(`hls.js seeks to any place of ${name}, and plays to its end`, async () => {
    const page = await openPlayer();
    const levels = await attach(page, video.hls_url, number);
    for (const place of [27.3, 0.5, 6, 1.99]) {
      const frames = await page.evaluate(async (time) => {
        const { player, until, plays } = window;
        player.currentTime = time;
        await until(() => !player.seeking && player.readyState >= 3, `has ${time}`);
        return plays(0.5);
      }, place);
      assert.ok(frames >= 10, `${frames} frames after a seek to ${place}`);
    }
    const end = await page.evaluate(async () => {
      const { player, until } = window;
      player.currentTime = player.duration - 1;
      await until(() => player.ended, 'ends');
      return { at: player.currentTime, height: player.videoHeight, troubles: window.troubles };
    });
    assert.ok(Math.abs(end.at - SECONDS) < 0.2, `the end is at ${end.at}`);
    assert.equal(end.height, levels[number].height);
    assert.deepEqual(end.troubles, []);
    await page.context().close();
  });

test("each rung's own file plays from its beginning on, with its size", async () => {
  const page = await openPlayer();
  for (const file of video.files) {
    const seen = await page.evaluate(async (source) => {
      const { player, until, plays } = window;
      player.src = source;
      await player.play();
      await until(() => player.videoHeight > 0, 'has a picture');
      const frames = await plays(1);
      player.currentTime = 9;
      await until(() => !player.seeking && player.readyState >= 3, 'has the place that was sought');
      return { frames, more: await plays(0.5), width: player.videoWidth, height: player.videoHeight };
    }, file.file_url);
    assert.deepEqual([seen.width, seen.height], [file.width, file.height]);
    assert.ok(
      seen.frames >= 20 && seen.more >= 10,
      `${file.quality}: ${seen.frames} and ${seen.more} frames`,
    );
  }
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
