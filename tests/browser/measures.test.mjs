// How quick it is and what it holds on to, printed; what would be plainly wrong fails.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newPage, PHONE, startChromium } from './support/chromium.mjs';
import { nextIsReady, noteFrames, playing } from './support/watching.mjs';
import { openWorld, smallClips } from './support/world.mjs';

let world;

before(async () => (world = await openWorld(smallClips(12))));
after(() => world?.close());

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const say = (text) => console.log(`measured: ${text}`);

async function open(options = {}) {
  const page = await newPage(world.browser, PHONE, options);
  await page.addInitScript(noteFrames);
  const client = await page.context().newCDPSession(page);
  return { page, client };
}

const firstFrame = async (page) => {
  await page.waitForFunction(() => window.seen.firstFrame !== null);
  return page.evaluate(() => window.seen.firstFrame);
};

test('opening the page to the first frame', async () => {
  const rounds = { 'a local network': [], '100 ms to the server, 10 Mbit/s': [] };
  for (let round = 0; round < 5; round++) {
    for (const [name, times] of Object.entries(rounds)) {
      const { page, client } = await open();
      if (name.startsWith('100')) {
        await client.send('Network.enable');
        await client.send('Network.emulateNetworkConditions', {
          ...{ offline: false, latency: 100, downloadThroughput: 1_250_000, uploadThroughput: 1_250_000 },
        });
      }
      await page.goto(world.luot.url);
      times.push(await firstFrame(page));
      await page.context().close();
    }
  }
  for (const [name, times] of Object.entries(rounds))
    say(`first frame after ${median(times).toFixed(0)} ms, ${name}`);
});

test('100 swipes: the next first frame, stalls, dropped frames, memory', async () => {
  const { page, client } = await open();
  await client.send('Performance.enable');
  await page.goto(world.luot.url);
  await playing(page);
  const frames = { dropped: 0, all: 0 };
  const held = async () => {
    await client.send('HeapProfiler.collectGarbage');
    const { metrics } = await client.send('Performance.getMetrics');
    const value = (name) => metrics.find((metric) => metric.name === name).value;
    const videos = await page.evaluate(() => document.querySelectorAll('video').length);
    return {
      heap: value('JSHeapUsedSize') / 1e6,
      nodes: value('Nodes'),
      listeners: value('JSEventListeners'),
      videos,
    };
  };
  let early;
  for (let swipes = 1; swipes <= 100; swipes++) {
    await nextIsReady(page);
    const quality = await page.evaluate(() => {
      const video = document.querySelector('.slide:not([inert]) video.shown');
      const { droppedVideoFrames, totalVideoFrames } = video.getVideoPlaybackQuality();
      return { dropped: droppedVideoFrames, all: totalVideoFrames };
    });
    frames.dropped += quality.dropped;
    frames.all += quality.all;
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction((count) => window.seen.swipes.length === count, swipes);
    if (swipes === 20) early = await held();
  }
  const late = await held();
  const { swipes, stalls } = await page.evaluate(() => window.seen);
  const slow = swipes.toSorted((a, b) => a - b)[94];
  say(
    `from the key to the next video's first frame ${median(swipes).toFixed(0)} ms, 95 % within ${slow.toFixed(0)} ms`,
  );
  say(`${stalls} stalls in 100 videos; ${frames.dropped} of ${frames.all} frames dropped`);
  say(`heap ${early.heap.toFixed(1)} MB after 20 swipes, ${late.heap.toFixed(1)} MB after 100`);
  say(
    `${late.nodes} nodes, ${late.listeners} listeners, ${late.videos} video elements after 100 (${early.nodes}, ${early.listeners}, ${early.videos} after 20)`,
  );
  assert.ok(median(swipes) < 400, 'swipes are slow');
  assert.ok(late.heap - early.heap < 4, 'memory grows');
  assert.ok(
    late.nodes < early.nodes * 1.3 && late.listeners < early.listeners * 1.3,
    'nodes or listeners grow',
  );
  assert.ok(late.videos <= 4, 'players are not recycled');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('what is loaded in advance', async () => {
  const browser = await startChromium();
  const page = await newPage(browser, PHONE);
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  const [ids, bytes] = [new Map(), new Map()];
  client.on('Network.requestWillBeSent', ({ requestId, request }) => {
    const id = /\/videos\/(\w{11})\/[\w-]+\/\w+\.(mp4|m3u8)/.exec(request.url)?.[1];
    if (id) ids.set(requestId, id);
  });
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const id = ids.get(requestId);
    if (id) bytes.set(id, (bytes.get(id) ?? 0) + encodedDataLength);
  });
  await page.goto(world.luot.url);
  const { id } = await playing(page);
  await nextIsReady(page);
  await page.waitForTimeout(1500);
  const ahead = [...bytes].filter(([video]) => video !== id).map(([, size]) => size);
  say(`${ahead.length} video in advance, ${ahead.map((size) => (size / 1000).toFixed(0)).join(', ')} kB`);
  assert.equal(ahead.length, 1);
  await browser.close();
});
