// What axe finds wrong for people who see, hear or move otherwise, and pictures for people who judge by eye.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { shoot } from './chromium.mjs';

const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Waits until nothing moves that ends by itself: halfway through, colors are not what they will be. */
async function still(page) {
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((a) => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity),
  );
}

/** Keeps a picture of the page as it has come to rest, and fails where axe finds something on it. */
export async function inspect(page, name) {
  await still(page);
  await shoot(page, name);
  await page.evaluate(await axe);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.failureSummary}`));
  });
  assert.deepEqual(found, []);
}
