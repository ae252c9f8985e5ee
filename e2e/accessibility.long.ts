import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { faults } from './support/accessibility.js';
import type { Api } from './support/api.js';
import { openBrowser, openPage, setUp } from './support/browser.js';
import { generateRepository } from './support/repository.js';
import { firstRun, gateWaits } from './support/runs.js';
import { startSlowTask } from './support/slow-task.js';
import { System } from './support/system.js';

let repository: string;
let system: System;
let api: Api;
let browser: Browser;
let page: Page;
/** Pages with something that stands on each once it has what it shows; those with ids are known once the run waits. */
const pages: Record<string, { path: string; shows: string }> = {
  'a board': { path: '', shows: 'Slow work' },
  'a run': { path: '', shows: 'Write the release notes' },
  'an approval': { path: '', shows: 'Approve this digest' },
  'the boards': { path: '/boards', shows: 'Todo' },
  'the runs': { path: '/runs', shows: 'Release check' },
  'the inbox': { path: '/inbox', shows: 'Publish' },
  operations: { path: '/operations', shows: 'approvals' },
  'the agents': { path: '/agents', shows: 'command-1' },
  'the documentation': { path: '/docs', shows: 'Your first workflow' },
  'a reference': { path: '/docs/reference/refusals', shows: 'not_offered' },
  'no page': { path: '/nowhere', shows: 'no such page' },
};
const LOOKS = [
  ['light', { width: 1440, height: 900 }],
  ['dark', { width: 1440, height: 900 }],
  ['light', { width: 390, height: 844 }],
  ['dark', { width: 390, height: 844 }],
] as const;

beforeAll(async () => {
  repository = await generateRepository({ breaking: true });
  system = await System.start({ repository });
  api = await system.api();
  const { runId, boardId } = await firstRun(api);
  const { approvalId } = await gateWaits(api, runId);
  pages['a board']!.path = `/boards/${boardId}`;
  pages['a run']!.path = `/runs/${runId}`;
  pages['an approval']!.path = `/inbox/${approvalId}`;
  await startSlowTask(system, api, boardId!, 'looked-at');
  browser = await openBrowser();
  ({ page } = await openPage(browser));
});

afterAll(async () => {
  await browser?.close();
  await system?.discard();
  await rm(repository, { recursive: true, force: true });
});

async function look(theme: string, viewport: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(viewport);
  await page.evaluate((name) => localStorage.setItem('agencyos.theme', name), theme);
}

describe('before signing in', () => {
  it('a button without a name would be found', async () => {
    await page.goto(`${system.url}/login`);
    await page.getByLabel('Password').waitFor();
    await page.evaluate(() => document.body.append(document.createElement('button')));
    expect((await faults(page)).join()).toMatch(/^button-name: /);
  });

  it.each(LOOKS)('the set-up and log-in pages, %s, %j', async (theme, viewport) => {
    await page.goto(`${system.url}/login`);
    await look(theme, viewport);
    for (const address of [`${system.url}/login`, await system.setupUrl()]) {
      await page.goto('about:blank');
      await page.goto(address);
      await page.getByLabel('Password').waitFor();
      expect(await page.locator('html').getAttribute('data-theme')).toBe(theme);
      expect(await faults(page)).toEqual([]);
    }
  });
});

describe('signed in', () => {
  beforeAll(() => setUp(page, system));

  describe.each(LOOKS)('%s, %j', (theme, viewport) => {
    it.each(Object.keys(pages))('%s', async (name) => {
      const { path, shows } = pages[name]!;
      await look(theme, viewport);
      await page.goto(system.url + path);
      await page.getByRole('main').getByText(shows).first().waitFor({ state: 'attached' });
      expect(await page.locator('html').getAttribute('data-theme')).toBe(theme);
      expect(await faults(page)).toEqual([]);
    });
  });

  it('the dialogs of a board', async () => {
    await look('dark', LOOKS[0][1]);
    await page.goto(system.url + pages['a board']!.path);
    await page.getByRole('button', { name: 'New card', exact: true }).click();
    await page.getByLabel('Title').waitFor();
    expect(await faults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('listitem').filter({ hasText: 'Slow work' }).first().click();
    await page.getByRole('complementary').or(page.getByRole('dialog')).first().waitFor();
    expect(await faults(page)).toEqual([]);
  });
});
