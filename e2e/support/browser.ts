import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { findChromium } from '../../scripts/chromium.mjs';

const projectRoot = join(import.meta.dirname, '..', '..');

/** A real Chromium, the one of `npm test`, that asks nothing of the outside. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await findChromium({ projectRoot }),
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
    ],
  });
}

/** A page that remembers what went wrong in it. */
export async function openPage(browser: Browser, viewport = { width: 1440, height: 900 }): Promise<{ page: Page; errors: string[] }> {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // A dropped socket or an expired session is the network's business, not the page's.
    if (message.type() === 'error' && !/WebSocket|Failed to load resource/.test(message.text())) errors.push(message.text());
  });
  return { page, errors };
}
