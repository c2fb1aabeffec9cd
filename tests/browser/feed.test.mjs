// The feed as people use it, on a phone and on a desktop.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DESKTOP, newPage, PHONE, shoot } from './support/chromium.mjs';
import { countPlaying, noteFrames, playing, swipe } from './support/watching.mjs';
import { openWorld, smallClips } from './support/world.mjs';

const WIDE = { title: 'Wide waves', width: 320, height: 180, seconds: 3, description: 'From the pier.' };
let world;

before(async () => (world = await openWorld([...smallClips(10), WIDE])));
after(() => world?.close());

async function open(device, { path = '/', ...options } = {}) {
  const page = await newPage(world.browser, device, options);
  await page.addInitScript(noteFrames);
  await page.goto(world.luot.url + path);
  await playing(page);
  return page;
}

async function done(page) {
  assert.deepEqual(page.faults, []);
  assert.ok((await page.evaluate(() => window.seen.shifts)) < 0.01, 'the layout shifted');
  await page.context().close();
}

for (const [name, device] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
  for (const colorScheme of ['dark', 'light']) {
    test(`the first video plays at once and muted on a ${name} in the ${colorScheme}`, async () => {
      const page = await open(device, { colorScheme });
      assert.equal(await countPlaying(page), 1);
      assert.equal(
        await page.evaluate(() => [...document.querySelectorAll('video')].some((v) => !v.muted)),
        false,
      );
      await shoot(page, `feed-${name}-${colorScheme}`);
      await done(page);
    });
  }
}

test('keys go on and back, pause, and switch the sound', async () => {
  const page = await open(DESKTOP);
  const first = await playing(page);
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction((id) => !location.pathname.endsWith(id), first.id);
  const second = await playing(page);
  assert.notEqual(second.id, first.id);
  assert.equal(await countPlaying(page), 1);
  await page.keyboard.press('ArrowUp');
  await playing(page, first.title);
  await page.keyboard.press(' ');
  await page.waitForFunction(() => [...document.querySelectorAll('video')].every((video) => video.paused));
  await page.keyboard.press(' ');
  await playing(page, first.title);
  await page.keyboard.press('m');
  await page.waitForFunction(() =>
    [...document.querySelectorAll('video')].some((v) => !v.muted && !v.paused),
  );
  await page.keyboard.press('m');
  await page.waitForFunction(() => [...document.querySelectorAll('video')].every((video) => video.muted));
  await page.keyboard.press('l'); // who is not signed in is asked to be
  await page.waitForSelector('dialog[open]');
  await done(page);
});

test('two presses in a row go two videos on, and ten in a second ten', async () => {
  const page = await open(DESKTOP);
  const place = () => page.locator('.slide:not([inert])').getAttribute('aria-posinset');
  for (let i = 0; i < 7; i++) await page.keyboard.press('ArrowDown', { delay: 20 });
  await page.waitForTimeout(800);
  await playing(page);
  assert.equal(await place(), '8');
  assert.equal(await countPlaying(page), 1);
  await done(page);
});

test('one turn of the wheel is one video', async () => {
  const page = await open(DESKTOP);
  await page.mouse.move(700, 400);
  for (const expected of ['2', '3']) {
    await page.mouse.wheel(0, 120);
    await page.waitForTimeout(900);
    await playing(page);
    assert.equal(await page.locator('.slide:not([inert])').getAttribute('aria-posinset'), expected);
  }
  await done(page);
});

test('a swipe of the finger goes on and snaps', async () => {
  const page = await open(PHONE);
  const first = await playing(page);
  await swipe(page);
  await page.waitForFunction((id) => !location.pathname.endsWith(id), first.id);
  await page.waitForFunction(() => {
    const { scrollTop, clientHeight } = document.querySelector('.feed');
    return Math.abs(scrollTop - clientHeight) < 2;
  });
  await playing(page);
  assert.equal(await page.locator('.slide:not([inert])').getAttribute('aria-posinset'), '2');
  await done(page);
});

test('a tap pauses, two like with a heart, and the sound is one tap away', async () => {
  const page = await open(PHONE);
  await page.tap('.unmute');
  await page.waitForFunction(() =>
    [...document.querySelectorAll('video')].some((v) => !v.muted && !v.paused),
  );
  assert.equal(await page.locator('.unmute').count(), 0);
  await page.touchscreen.tap(180, 350);
  await page.waitForFunction(() => [...document.querySelectorAll('video')].every((video) => video.paused));
  await page.waitForSelector('.slide:not([inert]) .icon-play');
  await page.waitForTimeout(400);
  await page.touchscreen.tap(180, 350);
  await playing(page);
  await page.waitForTimeout(400);
  await page.touchscreen.tap(180, 350);
  await page.touchscreen.tap(184, 352);
  await page.waitForSelector('.heart');
  await page.waitForSelector('dialog[open]');
  assert.equal(await countPlaying(page), 1, 'two taps paused');
  await done(page);
});

test('tabs show other orders, from their beginning', async () => {
  const page = await open(PHONE);
  await page.keyboard.press('ArrowDown');
  await page.waitForTimeout(600);
  for (const [tab, kind] of [
    ['New', 'new'],
    ['Hot', 'hot'],
    ['For you', 'mixed'],
  ]) {
    const asked = page.waitForRequest((request) => request.url().includes(`/feed?kind=${kind}`));
    await page.getByRole('button', { name: tab, exact: true }).click();
    await asked;
    await page.waitForSelector('.slide[aria-posinset="1"]:not([inert]) video.shown');
    await playing(page, kind === 'new' ? WIDE.title : undefined);
  }
  await done(page);
});

test('a link to a video opens it first, with the feed after it; share gives that link', async () => {
  const wanted = world.videos[3];
  const page = await open(DESKTOP, {
    path: `/v/${wanted.id}`,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await playing(page, wanted.title);
  await page.locator('.slide:not([inert])').getByRole('button', { name: 'Share' }).click();
  await page.waitForSelector('.notice.shown');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${world.luot.url}/v/${wanted.id}`);
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction((id) => !location.pathname.endsWith(id), wanted.id);
  await playing(page);
  await done(page);
});

test('a dead link shows the feed', async () => {
  const page = await newPage(world.browser, PHONE);
  await page.addInitScript(noteFrames);
  await page.goto(`${world.luot.url}/v/00000000000`);
  await playing(page);
  assert.deepEqual(
    page.faults.filter((fault) => !fault.includes('404')),
    [],
  );
  await page.context().close();
});

test('a walk that is too old begins again without a word', async () => {
  const page = await newPage(world.browser, PHONE);
  let expired = 0;
  await page.route(/\/feed\?.*cursor=/, (route) => {
    if (expired++ > 0) return route.continue();
    const problem = {
      type: 'about:blank',
      title: 'Gone',
      status: 410,
      code: 'cursor_expired',
      request_id: 'x',
    };
    return route.fulfill({
      status: 410,
      contentType: 'application/problem+json',
      body: JSON.stringify(problem),
    });
  });
  await page.goto(world.luot.url);
  const seen = new Set();
  for (let i = 0; i < 11; i++) {
    await page.waitForSelector(`.slide[aria-posinset="${i + 1}"]:not([inert])`);
    seen.add((await playing(page)).id);
    await page.keyboard.press('ArrowDown');
  }
  assert.ok(expired > 0);
  assert.ok(seen.size >= 10, `${seen.size} different videos`);
  assert.equal(await page.locator('[role=alert]').count(), 0);
  await page.context().close();
});

test('without data to spare nothing is loaded that is not watched', async () => {
  const page = await newPage(world.browser, PHONE);
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'connection', { value: { saveData: true, effectiveType: '4g' } });
  });
  const loaded = new Set();
  page.on('request', (request) => {
    const found = /\/videos\/(\w{11})\/\w+\/(\w+\.mp4|master\.m3u8)/.exec(request.url());
    if (found) loaded.add(found[1]);
  });
  await page.goto(world.luot.url);
  const { id } = await playing(page);
  await page.waitForTimeout(2500);
  assert.deepEqual([...loaded], [id]);
  await page.context().close();
});
