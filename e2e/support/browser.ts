import { join } from 'node:path';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { findChromium } from '../../scripts/chromium.mjs';
import { PASSWORD } from './api.js';
import type { System } from './system.js';

export { PASSWORD };

const projectRoot = join(import.meta.dirname, '..', '..');

/** A real Chromium, the one of `npm test`, that asks nothing of the outside. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await findChromium({ projectRoot }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
}

/** A page that remembers what went wrong in it. */
export async function openPage(
  browser: Browser,
  viewport = { width: 1440, height: 900 },
): Promise<{ page: Page; errors: string[] }> {
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

/** Over the set-up link to the board with the first run; the link, which is used up then. */
export async function setUp(page: Page, system: System): Promise<string> {
  const link = await system.setupUrl();
  await page.goto(link);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Open the board' }).click();
  await page.waitForURL(/\/boards\//);
  return link;
}

export async function logIn(page: Page, system: System): Promise<void> {
  await page.goto(`${system.url}/login`);
  await page.getByLabel('Name').fill('admin');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: /log in/i }).click();
  await page.waitForURL(/\/boards/);
}

export const column = (page: Page, name: string): Locator => page.getByRole('list', { name, exact: true });
export const cardsIn = (page: Page, name: string): Locator => column(page, name).getByRole('listitem');
export const card = (page: Page, name: string, title: string): Locator => cardsIn(page, name).filter({ hasText: title });

/** On a phone a board shows one column at a time. */
export const showColumn = (page: Page, name: string): Promise<void> =>
  page
    .getByRole('group', { name: 'Columns' })
    .getByRole('button', { name: new RegExp(`^${name}\\b`) })
    .click();
