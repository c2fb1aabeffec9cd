// Debian's Chromium by playwright-core, as a phone and as a desktop; screenshots go into an ignored folder.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const SHOTS = process.env.LUOT_SHOTS ?? fileURLToPath(new URL('../shots', import.meta.url));

export const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};
export const DESKTOP = { viewport: { width: 1280, height: 800 } };

/** Starts Chromium. `args` join those that it needs to run as root and to be left alone. */
export function startChromium(args = []) {
  return chromium.launch({
    executablePath: process.env.LUOT_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      ...[
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
      ],
      ...['--disable-component-update', '--disable-sync', ...args],
    ],
  });
}

/**
 * A page in a context of its own (cookies, storage). `options` are playwright's, over those of `device`. `page.faults`
 * collects what a person would find in the console: uncaught errors, errors that were logged, breaches of the policy.
 */
export async function newPage(browser, device, options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', ...device, ...options });
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && page.faults.push(message.text()));
  return page;
}

/** Keeps a picture of what the page shows as `name`.png. */
export async function shoot(page, name) {
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}
