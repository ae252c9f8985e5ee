import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium } from '../../scripts/chromium.mjs';
import { projectRoot } from './installation.mjs';

/** A middling phone on a slow line: 1.6 Mbit/s, 150 ms, a quarter of this processor. */
const LINE = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const PROCESSOR_SHARE = 4;
const SCREEN = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const PASSWORD = 'a password for this benchmark';

/**
 * Seconds from the address to the first card of the board, for somebody who is signed in and has nothing in the
 * browser's cache: as the gateway sends the files, and beside it without compression.
 */
export async function firstCard(installation, rounds) {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'];
  const browser = await chromium.launch({ executablePath: await findChromium({ projectRoot }), args });
  try {
    const storageState = await signIn(browser, installation);
    const seconds = { compressed: [], plain: [] };
    for (let round = 0; round < rounds; round++) {
      for (const [name, headers] of [
        ['compressed', {}],
        ['plain', { 'accept-encoding': 'identity' }],
      ])
        seconds[name].push(await visit(browser, installation.url, storageState, headers));
    }
    return seconds;
  } finally {
    await browser.close();
  }
}

async function signIn(browser, { dataDir }) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto((await readFile(join(dataDir, 'setup-url'), 'utf8')).trim());
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Open the board' }).click();
  await page.waitForURL(/\/boards\//);
  const state = await context.storageState();
  await context.close();
  return state;
}

async function visit(browser, url, storageState, extraHTTPHeaders) {
  const context = await browser.newContext({ ...SCREEN, storageState, extraHTTPHeaders });
  try {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', LINE);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: PROCESSOR_SHARE });
    const startedAt = performance.now();
    await page.goto(url, { waitUntil: 'commit' });
    await page.locator('[data-card-id]:visible').first().waitFor();
    return (performance.now() - startedAt) / 1_000;
  } finally {
    await context.close();
  }
}
