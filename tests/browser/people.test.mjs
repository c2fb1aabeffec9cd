// A person's whole way: an account, a video of one's own, what others say of it, and leaving.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { newUser } from './support/api.mjs';
import { inspect } from './support/access.mjs';
import { DESKTOP, newPage, PHONE, startChromium } from './support/chromium.mjs';
import { makeClip } from './support/clips.mjs';
import { startLuot } from './support/luot.mjs';
import { logIn, openUpload, register } from './support/people.mjs';

let luot;
let browser;
let clip;
let page;

before(async () => {
  [luot, browser] = await Promise.all([startLuot(), startChromium()]);
  clip = await makeClip(join(luot.folder, 'Sunrise at My Khe.mp4'), 5);
});

after(async () => {
  await browser?.close();
  await luot?.stop();
});

afterEach(() => page?.context().close());

const screens = {
  'phone dark': { ...PHONE, colorScheme: 'dark' },
  'desktop light': { ...DESKTOP, colorScheme: 'light' },
};

for (const [screen, device] of Object.entries(screens)) {
  const name = `people ${screen}`.replaceAll(' ', '-');
  const username = screen.replace(' ', '.');

  describe(screen, () => {
    beforeEach(async () => {
      page = await newPage(browser, device);
      page.setDefaultTimeout(15_000);
      await page.goto(luot.url);
    });

    test('registers, and is told beside each field what is wrong', async () => {
      await page.getByRole('button', { name: 'Log in', exact: true }).first().click();
      await page.locator('dialog').getByRole('button', { name: 'Make a new account' }).click();
      await page.getByRole('button', { name: 'Sign up' }).click();
      const field = page.getByLabel('User name');
      await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
      assert.equal(await field.getAttribute('aria-invalid'), 'true');
      assert.match(await page.locator('.field', { has: field }).locator('.field-note').innerText(), /3/);
      await inspect(page, `${name}-register`);
      page.faults.length = 0; // The browser logs each 422 as an error.
      await register(page, username);
      await page.reload();
      await page.getByRole('button', { name: username }).first().waitFor();
      assert.deepEqual(page.faults, []);
    });

    test('uploads a video, edits it meanwhile, and watches it', async () => {
      await logIn(page, username);
      await openUpload(page);
      await inspect(page, `${name}-upload`);
      await page.locator('.drop input').setInputFiles(clip);
      const title = page.getByLabel('Title').locator('visible=true');
      await title.waitFor();
      assert.equal(await title.inputValue(), 'Sunrise at My Khe');
      await page.getByLabel('Description').fill('Nobody else on the beach.');
      await page.waitForTimeout(300); // for the picture
      await inspect(page, `${name}-chosen`);
      await page.locator('dialog').getByRole('button', { name: 'Upload', exact: true }).click();
      await page.getByRole('progressbar').waitFor();
      await title.fill('Sunrise');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('button', { name: 'Saved' }).waitFor();
      await inspect(page, `${name}-sending`);
      await page.getByText('Your video is ready.').waitFor();
      await inspect(page, `${name}-ready`);
      await page.getByRole('button', { name: 'Watch it' }).click();
      await page.waitForFunction(() =>
        [...document.querySelectorAll('video')].some((v) => v.currentTime > 0.2),
      );
      await page
        .locator('.slide h2', { hasText: /^Sunrise$/ })
        .first()
        .waitFor();
      assert.deepEqual(page.faults, []);
    });

    test('says why a video failed', async () => {
      const broken = join(luot.folder, 'broken.mp4');
      await writeFile(broken, 'This is no video.');
      await logIn(page, username);
      await openUpload(page);
      await page.locator('.drop input').setInputFiles({
        name: 'notes.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('x'),
      });
      await page.getByText('This file is not a video.').waitFor();
      await page.locator('.drop input').setInputFiles(broken);
      await page.locator('dialog').getByRole('button', { name: 'Upload', exact: true }).click();
      await page.getByText('This file is not a video that we can read').waitFor();
      await inspect(page, `${name}-failed`);
      assert.deepEqual(page.faults, []);
    });

    test('comments, and others are answered for', async () => {
      await logIn(page, username);
      const other = await newUser(luot.url, `fan.${username}`);
      const { items } = await other.ask('GET', `/users/${username}/videos`);
      const { id } = items[0];
      for (let i = 1; i <= 30; i++) {
        await other.ask('POST', `/videos/${id}/comments`, { content: `Wave ${i} <b>wow</b>` });
      }
      await page.goto(`${luot.url}/v/${id}`);
      await page
        .getByRole('button', { name: /^Comments/ })
        .first()
        .click();
      await page.getByText('Wave 30 <b>wow</b>').waitFor();
      await page.locator('.panel-body').evaluate((el) => el.scrollTo(0, el.scrollHeight));
      await page.getByText('Wave 1 <b>wow</b>').waitFor();
      await page.getByLabel('Add a comment').fill('Thank you 🌊');
      await page.keyboard.press('Enter');
      await page.locator('.comment:not(.pending)', { hasText: 'Thank you 🌊' }).waitFor();
      await page.locator('.panel-body').evaluate((el) => el.scrollTo(0, 0));
      await inspect(page, `${name}-comments`);
      // The owner of the video may delete what others say.
      const unwanted = page.locator('.comment', { hasText: 'Wave 30 ' });
      await unwanted.getByRole('button', { name: 'Delete comment' }).click();
      await inspect(page, `${name}-delete-comment`);
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await unwanted.waitFor({ state: 'detached' });
      const after = await other.ask('GET', `/videos/${id}/comments?limit=2`);
      assert.deepEqual(
        after.items.map((c) => c.content),
        ['Thank you 🌊', 'Wave 29 <b>wow</b>'],
      );
      assert.deepEqual(page.faults, []);
    });

    test('takes back what the server did not take', async () => {
      await logIn(page, username);
      await page
        .getByRole('button', { name: /^Comments/ })
        .first()
        .click();
      const count = () => page.locator('.comment').count();
      await page.waitForFunction(() => document.querySelectorAll('.comment').length > 0);
      const before = await count();
      await page.route('**/comments', (route) => route.abort());
      await page.getByLabel('Add a comment').fill('Lost words');
      await page.keyboard.press('Enter');
      await page.getByText('The server cannot be reached').waitFor();
      assert.equal(await page.getByLabel('Add a comment').inputValue(), 'Lost words');
      assert.equal(await count(), before);
      await page.route('**/comments/*', (route) => route.abort());
      await page.locator('.comment').first().getByRole('button', { name: 'Delete comment' }).click();
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await page.waitForFunction((n) => document.querySelectorAll('.comment').length === n, before);
    });

    test("has a page of one's own, edits and deletes there", async () => {
      await logIn(page, username);
      await page.getByRole('button', { name: username }).first().click();
      await page.waitForURL(`${luot.url}/u/${username}`);
      await page.locator('.tile').nth(1).waitFor();
      await page.waitForTimeout(300); // for the posters
      await inspect(page, `${name}-profile`);
      const tile = page.locator('.tile.ready');
      await tile.getByRole('button', { name: /^Edit or delete/ }).click();
      await page.getByLabel('Title').fill('Sunrise, again');
      await page.getByLabel('Who can watch').selectOption('private');
      await inspect(page, `${name}-edit`);
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('button', { name: /^Sunrise, again/ }).waitFor();
      await page.getByRole('button', { name: 'Edit or delete: Sunrise, again' }).click();
      await page.getByRole('button', { name: 'Delete video' }).click();
      await page.locator('dialog.small').waitFor();
      await inspect(page, `${name}-delete`);
      await page.keyboard.press('Escape');
      await page.locator('dialog.small').waitFor({ state: 'detached' });
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Delete video');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await page.getByRole('button', { name: /^Sunrise, again/ }).waitFor({ state: 'detached' });
      assert.deepEqual(page.faults, []);
    });

    test('leaves in all tabs at once, and comes back in all', async () => {
      await logIn(page, username);
      const other = await page.context().newPage();
      await other.goto(luot.url);
      await other.getByRole('button', { name: username }).first().waitFor();
      await page.getByRole('button', { name: username }).first().click();
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.getByRole('button', { name: 'Log in', exact: true }).first().waitFor();
      await other.getByRole('button', { name: 'Log in', exact: true }).first().waitFor();
      await logIn(other, username);
      await page.getByRole('button', { name: username }).first().waitFor();
      assert.deepEqual(page.faults, []);
    });
  });
}
