// How one video plays: from the file to adaptive streaming, beyond its links' life, through a lost network.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DESKTOP, newPage, PHONE, shoot } from './support/chromium.mjs';
import { playing } from './support/watching.mjs';
import { openWorld } from './support/world.mjs';

const LONG = { title: 'A long one', width: 360, height: 640, seconds: 50 };
const SHORT = { title: 'A short one', width: 180, height: 320, seconds: 4 };
const clock = join(await mkdtemp(join(tmpdir(), 'luot-clock-')), 'time');
let world;

before(async () => {
  writeFileSync(clock, '+0\n');
  const found = execFileSync('sh', ['-c', 'ls /usr/lib/*/faketime/libfaketimeMT.so.1'], { encoding: 'utf8' });
  world = await openWorld([SHORT, LONG], {
    LD_PRELOAD: found.trim(),
    DONT_FAKE_MONOTONIC: '1',
    FAKETIME_NO_CACHE: '1',
    FAKETIME_TIMESTAMP_FILE: clock,
  });
});
after(async () => {
  await world?.close();
  await rm(join(clock, '..'), { recursive: true, force: true });
});

const source = (page) =>
  page.evaluate(() => document.querySelector('.slide:not([inert]) video.shown')?.currentSrc ?? '');
const time = (page) =>
  page.evaluate(() => document.querySelector('.slide:not([inert]) video.shown')?.currentTime ?? 0);

async function open(title, device = PHONE) {
  const page = await newPage(world.browser, device);
  const { id } = world.videos.find((video) => video.title === title);
  await page.goto(`${world.luot.url}/v/${id}`);
  await playing(page, title);
  return page;
}

test('it begins on the file and goes over to adaptive streaming without a step back or a pause', async () => {
  const page = await newPage(world.browser, PHONE);
  await page.addInitScript(() => {
    window.sources = [];
    addEventListener('playing', ({ target }) => window.sources.push(target.currentSrc), true);
  });
  await page.goto(`${world.luot.url}/v/${world.videos[1].id}`);
  await playing(page, LONG.title);
  // What is on the screen, looked at with each frame.
  const gaps = page.evaluate(
    () =>
      new Promise((resolve) => {
        let [last, at, worst, back] = [0, performance.now(), 0, 0];
        const look = () => {
          const video = document.querySelector('.slide:not([inert]) video.shown:last-of-type');
          const now = performance.now();
          if (video.currentTime !== last) {
            worst = Math.max(worst, now - at);
            back = Math.max(back, last - video.currentTime);
            [last, at] = [video.currentTime, now];
          }
          if (video.currentSrc.startsWith('blob:') && now > 4000) resolve({ worst, back });
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
  const { worst, back } = await gaps;
  const sources = await page.evaluate(() => window.sources);
  assert.match(sources[0], /\.mp4$/);
  console.log(
    `going over: longest still ${worst.toFixed(0)} ms, largest step back ${(1000 * back).toFixed(0)} ms`,
  );
  assert.ok(back < 0.35, `it went ${back} s back`);
  assert.ok(worst < 1000, `it stood still for ${worst} ms`);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a quality is chosen, and holds for the next video', async () => {
  const page = await open(LONG.title);
  await page.waitForFunction(() =>
    document.querySelector('.slide:not([inert]) video.shown')?.currentSrc.startsWith('blob:'),
  );
  await page.locator('.slide:not([inert])').getByRole('button', { name: 'Quality' }).click();
  await shoot(page, 'quality-phone');
  await page.getByRole('radio', { name: '240p' }).click();
  await page.waitForFunction(
    () => document.querySelector('.slide:not([inert]) video.shown').videoWidth === 240,
    null,
    { timeout: 20_000 },
  );
  assert.equal(await page.locator('.quality').count(), 0);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a quality that is chosen while the video stands still, or near its end, is shown at once', async () => {
  const page = await open(LONG.title);
  const shown = '.slide:not([inert]) video.shown';
  await page.waitForFunction((video) => document.querySelector(video)?.currentSrc.startsWith('blob:'), shown);
  const choose = async (name, width) => {
    await page.locator('.slide:not([inert])').getByRole('button', { name: 'Quality' }).click();
    await page.getByRole('radio', { name }).click();
    await page.waitForFunction(
      ([video, wanted]) => document.querySelector(video).videoWidth === wanted,
      [shown, width],
      { timeout: 5_000 },
    );
  };
  await choose('240p', 240);
  await page.evaluate(() => document.activeElement.blur()); // else it is the button's
  await page.keyboard.press('Space');
  await page.waitForFunction((video) => document.querySelector(video).paused, shown);
  await choose('480p', 360);
  await page.evaluate((video) => (document.querySelector(video).currentTime = 47.3), shown);
  await choose('240p', 240);
  assert.ok(await page.evaluate((video) => document.querySelector(video).paused, shown), 'it stands still');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('the bar is dragged, with pictures of other moments', async () => {
  const page = await open(LONG.title, DESKTOP);
  const bar = await page.locator('.slide:not([inert]) .scrubber').boundingBox();
  await page.mouse.move(bar.x + bar.width * 0.2, bar.y + bar.height - 4);
  await page.waitForSelector('.bubble-picture');
  await page.mouse.down();
  await page.mouse.move(bar.x + bar.width * 0.6, bar.y + bar.height - 4, { steps: 5 });
  await page.waitForTimeout(200);
  await shoot(page, 'scrubbing-desktop');
  await page.mouse.up();
  await page.waitForFunction(
    () => document.querySelector('.slide:not([inert]) video.shown').currentTime > 29,
  );
  assert.ok((await time(page)) < 36);
  await page.locator('.slide:not([inert]) .scrubber input').focus();
  const before = await time(page);
  await page.keyboard.press('ArrowLeft');
  assert.match(
    await page.locator('.slide:not([inert]) .scrubber input').getAttribute('aria-valuetext'),
    / \/ 0:50$/,
  );
  assert.ok(before > 29);
  await page.context().close();
});

test('links that expire while it plays are replaced without the viewer noticing', async () => {
  const page = await open(LONG.title);
  await page.waitForFunction(() =>
    document.querySelector('.slide:not([inert]) video.shown')?.currentSrc.startsWith('blob:'),
  );
  // What the file brought to the browser's cache needs no link any more.
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  await client.send('Network.setCacheDisabled', { cacheDisabled: true });
  const old = world.videos[1].hls_url.split('/')[3];
  const refused = [];
  page.on('response', (response) => response.status() === 403 && refused.push(response.url()));
  writeFileSync(clock, '+25200\n'); // seven hours on
  try {
    const renewed = page.waitForResponse(
      (response) =>
        response.url().includes('/videos/') && !response.url().includes(old) && /m3u8$/.test(response.url()),
      { timeout: 40_000 },
    );
    await renewed;
    const from = await time(page);
    await page.waitForFunction(
      (since) => document.querySelector('.slide:not([inert]) video.shown').currentTime > since + 14,
      from,
      { timeout: 40_000 },
    );
    assert.ok(refused.length > 0, 'nothing was refused');
    assert.equal(await page.locator('[role=alert]').count(), 0);
  } finally {
    writeFileSync(clock, '+0\n');
  }
  await page.context().close();
});

test('a video that cannot be loaded says so, and plays after another try', async () => {
  const page = await newPage(world.browser, PHONE);
  let cut = true;
  await page.route(/\.mp4$|\.m3u8$/, (route) => (cut ? route.abort() : route.continue()));
  await page.goto(`${world.luot.url}/v/${world.videos[0].id}`);
  await page.waitForSelector('.slide-broken', { timeout: 20_000 });
  await shoot(page, 'failed-phone');
  cut = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await playing(page, SHORT.title);
  assert.equal(await page.locator('.slide-broken').count(), 0);
  await page.context().close();
});

test('a view is reported when it counts, when it is complete, and as the page is left', async () => {
  const page = await newPage(world.browser, PHONE);
  const told = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/view')) told.push(request.postDataJSON().watched_ms);
  });
  await page.goto(`${world.luot.url}/v/${world.videos[0].id}`);
  await playing(page, SHORT.title);
  const counted = await page.waitForResponse((response) => response.url().endsWith('/view'));
  assert.equal((await counted.json()).counted, true);
  assert.ok(told[0] >= 2000 && told[0] < 2700, `${told}`);
  await page.waitForResponse((response) => response.url().endsWith('/view')); // 95 % of four seconds
  assert.ok(told[1] >= 3800 && told[1] < 4500, `${told}`);
  await page.waitForTimeout(1500);
  await page.goto('about:blank');
  await page.waitForTimeout(500);
  assert.ok(told.length === 3 && told[2] >= 5000, `${told}`);
  const video = await world.author.ask('GET', `/videos/${world.videos[0].id}`);
  assert.equal(video.view_count, 1);
  await page.context().close();
});
