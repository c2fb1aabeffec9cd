// A large file on its way: the page is left, the network is lost, there are two tabs.
import assert from 'node:assert/strict';
import { appendFile, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { inspect } from './support/access.mjs';
import { newUser } from './support/api.mjs';
import { newPage, PHONE, startChromium } from './support/chromium.mjs';
import { makeClip } from './support/clips.mjs';
import { startLuot } from './support/luot.mjs';
import { logIn, openUpload } from './support/people.mjs';

const MIB = 1 << 20;
// In parts above 64 MiB; slow enough to be interrupted.
const PADDING = 68 * MIB;
const BYTES_A_SECOND = 12 * MIB;

let luot;
let browser;
let large;
let user;
let page;
let number = 0;

before(async () => {
  [luot, browser] = await Promise.all([startLuot(), startChromium()]);
  const clip = await makeClip(join(luot.folder, 'clip.mp4'), 2);
  large = join(luot.folder, 'Long ride.mp4');
  await copyFile(clip, large);
  // Boxes of the kind "free" hold nothing (ISO/IEC 14496-12): the video stays what it is.
  const free = Buffer.alloc(PADDING);
  free.writeUInt32BE(PADDING, 0);
  free.write('free', 4);
  await appendFile(large, free);
});

after(async () => {
  await browser?.close();
  await luot?.stop();
});

beforeEach(async () => {
  user = await newUser(luot.url, `sender${++number}`);
  page = await newPage(browser, PHONE);
  await prepare(page);
  await logIn(page, user.username);
});

afterEach(() => page.context().close());

async function prepare(tab) {
  tab.setDefaultTimeout(30_000);
  tab.sent = [];
  tab.on('response', (r) => r.request().method() === 'PUT' && r.ok() && tab.sent.push(r.url()));
  await connect(tab, true);
  await tab.goto(luot.url);
}

/** A slow line, or none. */
async function connect(tab, online) {
  tab.devtools ??= await tab.context().newCDPSession(tab);
  await tab.devtools.send('Network.enable');
  const uploadThroughput = BYTES_A_SECOND;
  const conditions = { offline: !online, latency: 0, downloadThroughput: -1, uploadThroughput };
  await tab.devtools.send('Network.emulateNetworkConditions', conditions);
}

async function begin(tab) {
  await openUpload(tab);
  await tab.locator('.drop input').setInputFiles(large);
  await tab.locator('dialog').getByRole('button', { name: 'Upload', exact: true }).click();
}

/** Waits until some parts have arrived, and some not. */
async function halfway(tab) {
  await tab.waitForFunction(() => {
    const bar = document.querySelector('progress');
    return bar && bar.value >= 20;
  });
  assert.ok(tab.sent.length > 0, 'a part has arrived');
}

const open = (tab) => tab.getByRole('button', { name: 'Upload', exact: true }).first().click();
const ready = (tab) => tab.getByText('Your video is ready.').waitFor();

/** How many parts the server has; null when it has put them together. */
async function state() {
  const { items } = await user.ask('GET', `/users/${user.username}/videos`);
  assert.equal(items.length, 1);
  return user.ask('GET', `/videos/${items[0].id}/upload`);
}

test('goes on by itself after the page was loaded anew', async () => {
  await begin(page);
  await halfway(page);
  await page.reload();
  const { part_count } = await state();
  page.sent.length = 0;
  await open(page);
  await ready(page);
  assert.ok(
    page.sent.length > 0 && page.sent.length < part_count,
    `${page.sent.length} of ${part_count} parts were sent again`,
  );
  assert.equal((await state()).status, 'completed');
  assert.deepEqual(page.faults, []);
});

test('asks for the file where the browser kept none, and takes no other', async () => {
  await begin(page);
  await halfway(page);
  await page.evaluate(
    () =>
      new Promise((done) => {
        const gone = indexedDB.deleteDatabase('luot');
        gone.onsuccess = gone.onerror = done;
      }),
  );
  await page.reload();
  page.sent.length = 0;
  await page.getByRole('button', { name: user.username }).first().waitFor();
  await open(page);
  await page.getByText('was interrupted').waitFor();
  await inspect(page, 'uploads-interrupted');
  await page.locator('.drop input >> nth=-1').setInputFiles(join(luot.folder, 'clip.mp4'));
  await page.getByText('That is another file').waitFor();
  await page.locator('.drop input >> nth=-1').setInputFiles(large);
  await ready(page);
  assert.ok(page.sent.length < (await state()).part_count);
  assert.deepEqual(page.faults, []);
});

test('waits for the network, and goes on when it is back', async () => {
  await begin(page);
  await halfway(page);
  await connect(page, false);
  await page.getByText('Something is in the way').waitFor();
  await inspect(page, 'uploads-offline');
  await connect(page, true);
  await ready(page);
});

test('lets one tab upload, and another go on when that is closed', async () => {
  const other = await page.context().newPage();
  await prepare(other);
  await other.getByRole('button', { name: user.username }).first().waitFor();
  await begin(page);
  await halfway(page);
  await begin(other);
  await other.getByText('Another tab is uploading').waitFor();
  await other.reload();
  await other.getByRole('button', { name: user.username }).first().waitFor();
  await page.close();
  await open(other);
  await ready(other);
  page = other;
});

test('forgets what its user gives up', async () => {
  await begin(page);
  await halfway(page);
  await page.locator('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Choose another' }).waitFor();
  await page.waitForFunction(() => localStorage.getItem('luot.upload') === null);
  const { items } = await user.ask('GET', `/users/${user.username}/videos`);
  assert.deepEqual(items, []);
});
