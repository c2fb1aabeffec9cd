// Looking at others, and in the other language.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { inspect } from './support/access.mjs';
import { newUser } from './support/api.mjs';
import { DESKTOP, newPage, PHONE, startChromium } from './support/chromium.mjs';
import { makeClip } from './support/clips.mjs';
import { startLuot } from './support/luot.mjs';
import { logIn, openUpload } from './support/people.mjs';

let luot;
let browser;
let page;
let linh;
const videos = [];

before(async () => {
  [luot, browser] = await Promise.all([startLuot({ LUOT_MAX_VIDEO_SECONDS: '5' }), startChromium()]);
  linh = await newUser(luot.url, 'linh.surf');
  for (const number of [0, 1, 2]) {
    const clip = await makeClip(join(luot.folder, `${number}.mp4`), number);
    videos.push(await linh.upload(clip, { title: `Sóng ${number}` }));
  }
  await linh.ask('PATCH', `/videos/${videos[2].id}`, { visibility: 'private' });
});

after(async () => {
  await browser?.close();
  await luot?.stop();
});

afterEach(() => page?.context().close());

async function visit(path, device, options) {
  page = await newPage(browser, device, options);
  page.setDefaultTimeout(15_000);
  await page.goto(luot.url + path);
}

test('looks at who made a video, and comes back to where one was', async () => {
  await visit(`/v/${videos[0].id}`, DESKTOP, { colorScheme: 'dark' });
  await page.locator('.slide[aria-label="Sóng 0"] a', { hasText: '@linh.surf' }).click();
  await page.waitForURL(`${luot.url}/u/linh.surf`);
  await page.locator('.tile').nth(1).waitFor();
  assert.equal(await page.locator('.tile').count(), 2, 'not the private one');
  assert.equal(await page.getByRole('button', { name: /^Edit or delete/ }).count(), 0);
  await page.waitForLoadState('networkidle');
  await inspect(page, 'visits-profile');
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goBack();
  await page.waitForURL(`${luot.url}/v/${videos[0].id}`);
  await page.locator('.profile').waitFor({ state: 'detached' });
  await page.locator('.slide:not([inert])[aria-label="Sóng 0"]').waitFor();
  assert.ok(!asked.includes('/feed'), 'the feed was left as it was');
  await page.goForward();
  await page.getByRole('button', { name: /^Sóng 1/ }).click();
  await page.waitForURL(`${luot.url}/v/${videos[1].id}`);
  await page.locator('.slide:not([inert])[aria-label="Sóng 1"]').waitFor();
  assert.deepEqual(page.faults, []);
});

test('says so where there is nobody by that name', async () => {
  await visit('/u/nobody.here', PHONE);
  await page.getByRole('alert').filter({ hasText: /user/i }).waitFor();
  await inspect(page, 'visits-nobody');
});

test('speaks Vietnamese to who reads it, also of errors', async () => {
  await visit('/', PHONE, { locale: 'vi-VN', colorScheme: 'light' });
  await page.getByRole('button', { name: 'Đăng nhập' }).click();
  await page.getByLabel('Email').fill(linh.email);
  await page.getByLabel('Mật khẩu').fill('not the password');
  await page.locator('dialog').getByRole('button', { name: 'Đăng nhập' }).click();
  await page.getByText('Email hoặc mật khẩu không đúng.').waitFor();
  await inspect(page, 'visits-vi-login');
  await page.locator('dialog').getByRole('button', { name: 'Tạo tài khoản mới' }).click();
  await page.getByLabel('Tên người dùng').fill('linh.surf');
  await page.getByLabel('Email').fill('another@example.org');
  await page.getByLabel('Mật khẩu').fill('a long pass phrase');
  await page.locator('dialog').getByRole('button', { name: 'Đăng ký' }).click();
  await page.getByText('Tên này đã có người dùng.').waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
  await inspect(page, 'visits-vi-register');
});

test('says in Vietnamese why a video failed, and marks it on the own page', async () => {
  await visit('/', PHONE, { locale: 'vi-VN', colorScheme: 'light' });
  await logIn(page, linh.username, { login: 'Đăng nhập', password: 'Mật khẩu' });
  const broken = join(luot.folder, 'Hỏng.mp4');
  await writeFile(broken, 'This is no video.');
  await page.getByRole('button', { name: 'Tải lên' }).click();
  await page.locator('.drop input').setInputFiles(broken);
  await page.locator('dialog').getByRole('button', { name: 'Tải lên' }).click();
  await page.getByText('Tệp này không phải là video mà chúng tôi đọc được').waitFor();
  await inspect(page, 'visits-vi-failed');
  await page.getByRole('button', { name: 'Đóng' }).click();
  await page.getByRole('button', { name: 'linh.surf' }).first().click();
  await page.getByRole('button', { name: 'Hỏng, Xử lý không thành công' }).waitFor();
  await page.waitForLoadState('networkidle');
  await inspect(page, 'visits-vi-profile');
});

test('takes what is dropped or recorded, and refuses what the server would', async () => {
  await visit('/', DESKTOP);
  await logIn(page, linh.username);
  await openUpload(page);
  assert.ok(!(await page.getByText('Record a video').isVisible()), 'no camera on a desk');
  const long = await makeClip(join(luot.folder, 'long.mp4'), 4, { width: 90, height: 160, seconds: 7 });
  await page.locator('.drop input').setInputFiles(long);
  await page.getByText('This video is too long: at most 5 seconds.').waitFor();
  const dropped = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['x'], 'Dropped.mp4', { type: 'video/mp4' }));
    return data;
  });
  await page.dispatchEvent('.drop', 'drop', { dataTransfer: dropped });
  await page.getByText('Dropped.mp4').waitFor();
  assert.equal(await page.getByLabel('Title').inputValue(), 'Dropped');
  await page.context().close();

  await visit('/', PHONE);
  await logIn(page, linh.username);
  await openUpload(page);
  const camera = page.locator('input[capture="environment"]');
  assert.ok(await page.getByText('Record a video').isVisible());
  await camera.setInputFiles(join(luot.folder, '0.mp4'));
  await page.getByText('0.mp4').waitFor();
  assert.deepEqual(page.faults, []);
});
