// The feed as people see it, on a phone and on a desktop.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { newUser } from './support/api.mjs';
import { DESKTOP, newPage, PHONE, shoot, startChromium } from './support/chromium.mjs';
import { makeClip } from './support/clips.mjs';
import { startLuot } from './support/luot.mjs';

let luot;
let browser;

before(async () => {
  [luot, browser] = await Promise.all([startLuot(), startChromium()]);
  const author = await newUser(luot.url, 'linh.surf');
  for (const number of [0, 1, 2]) {
    const path = await makeClip(join(luot.folder, `${number}.mp4`), number);
    await author.upload(path, { title: `Waves ${number}`, description: 'Early morning, nobody else out.' });
  }
});

after(async () => {
  await browser?.close();
  await luot?.stop();
});

for (const [name, device] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
  test(`the first video plays at once on a ${name}`, async () => {
    const page = await newPage(browser, device);
    await page.goto(luot.url);
    await page.waitForFunction(() =>
      [...document.querySelectorAll('video')].some((v) => v.currentTime > 0.5),
    );
    await shoot(page, `feed-${name}`);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}
