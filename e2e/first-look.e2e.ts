import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Api } from './support/api.js';
import { card, cardsIn, logIn, openBrowser, openPage, PASSWORD, setUp, showColumn } from './support/browser.js';
import { generateRepository } from './support/repository.js';
import { approveGate, firstRun, runState, startReleaseCheck, task, tasks } from './support/runs.js';
import { System } from './support/system.js';
import { until } from './support/until.js';

let breaking: string;
let harmless: string;
let system: System;
let api: Api;
let browser: Browser;
let page: Page;
let errors: string[];
let runId: string;
let setupLink: string;

beforeAll(async () => {
  [breaking, harmless] = await Promise.all([generateRepository({ breaking: true }), generateRepository({ breaking: false })]);
  system = await System.start({ repository: breaking, alsoReadable: [harmless], through: 'npm' });
  api = await system.api();
  browser = await openBrowser();
  ({ page, errors } = await openPage(browser));
});

afterAll(async () => {
  await browser?.close();
  await system?.discard();
  await Promise.all([breaking, harmless].map((folder) => rm(folder, { recursive: true, force: true })));
});

describe('the first look', () => {
  it('keeps what opens the door for its owner alone', async () => {
    for (const file of ['setup-url', 'cli-token', 'supervisor.json']) {
      expect((await stat(join(system.dataDir, file))).mode & 0o777).toBe(0o600);
    }
  });

  it('leads from the set-up link, over one password, to the board with the run going', async () => {
    setupLink = await setUp(page, system);
    await page.getByRole('listitem').filter({ hasText: 'Clone the repository' }).first().waitFor();
    ({ runId } = await firstRun(api));
  });

  it('lets the set-up link be used once', async () => {
    const other = await openPage(browser);
    await other.page.goto(setupLink);
    await other.page.getByLabel('Password').fill(PASSWORD);
    await other.page.getByRole('button', { name: 'Open the board' }).click();
    await other.page.getByRole('alert').waitFor();
    expect(other.page.url()).toContain('/setup');
    await expect(readFile(join(system.dataDir, 'setup-url'), 'utf8')).rejects.toThrow();
    await other.page.context().close();
  });

  it('moves the cards by itself, the gate to Review, in every open browser', async () => {
    const second = await openPage(browser, { width: 390, height: 844 });
    await logIn(second.page, system);
    await second.page.goto(page.url());
    await showColumn(second.page, 'Review');
    await card(page, 'Done', 'Write the release notes').waitFor({ timeout: 120_000 });
    await card(page, 'Review', 'Approve the release').waitFor({ timeout: 60_000 });
    await card(second.page, 'Review', 'Approve the release').waitFor({ timeout: 60_000 });
    expect(await card(second.page, 'Todo', 'Prepare the release').count()).toBe(0); // that column is not shown
    await showColumn(second.page, 'Todo');
    await card(second.page, 'Todo', 'Prepare the release').waitFor();
    expect(await card(page, 'Todo', 'Prepare the release').count()).toBe(1);
    await second.page.context().close();
  });

  it('hands the notes to a reviewer because a breaking change was found', async () => {
    const notes = (await task(api, runId, 'notes'))!;
    expect(notes.handoffs).toMatchObject([{ fromRole: 'notes', toRole: 'reviewer', hop: 1 }]);
    expect(notes.attempts!.map(({ outcome }) => outcome)).toEqual(['handed_off', 'succeeded']);
  });

  it('shows the plan of the run with the gate waiting', async () => {
    await page.goto(`${system.url}/runs/${runId}`);
    const plan = page.getByRole('group', { name: 'Plan of the run' });
    await plan.getByText('Approve the release').first().waitFor();
    expect(await plan.getByText('Clone the repository').count()).toBeGreaterThan(0);
  });

  it('lists what a task has produced, to be downloaded under its name', async () => {
    await page.goto(`${system.url}/runs/${runId}?task=notes`);
    const link = page.getByRole('complementary', { name: 'Task' }).getByRole('link', { name: 'NOTES.md' });
    await link.waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect(download.suggestedFilename()).toBe('NOTES.md');
    expect(await readFile(await download.path(), 'utf8')).toMatch(/^# \S+ \d+\.\d+\.\d+\n/);
  });

  it('starts nothing behind the gate before a person with the right has approved exactly this', async () => {
    expect((await task(api, runId, 'publish'))!.state).toBe('planned');
    await page.goto(`${system.url}/inbox`);
    await page
      .getByRole('link', { name: /Publish/ })
      .first()
      .click();
    const approve = page.getByRole('button', { name: /Approve this digest/ });
    await approve.waitFor();
    const { actionDigest } = (await task(api, runId, 'approve'))!;
    await page.getByText('Files that it runs or reads').waitFor();
    const { digest } = (await task(api, runId, 'clone'))!.artifacts![0]!;
    expect(await page.locator('.exact').innerText()).toContain(digest); // of the steps, as they will run
    expect(await page.locator('body').innerText()).toContain(actionDigest!.slice('sha256:'.length, 'sha256:'.length + 4));
    const whole = page.getByRole('button', { name: /^Show all/ });
    if (await whole.isVisible()) await whole.click(); // only who has seen the whole action can approve it
    await approve.click();
    await runState(api, runId, 'succeeded');
    expect((await tasks(api, runId)).every(({ state }) => state === 'succeeded')).toBe(true);
  });

  it('ends with every card in Done, also after a reload', async () => {
    const { boardId } = await firstRun(api);
    await page.goto(`${system.url}/boards/${boardId}`);
    await card(page, 'Done', 'Approve the release').waitFor();
    await card(page, 'Done', 'Prepare the release').waitFor();
    await until(
      'all seven are there',
      () => cardsIn(page, 'Done').count(),
      (count) => count === 7,
    );
  });

  it('takes no handoff where there is no breaking change', async () => {
    const other = await startReleaseCheck(api, harmless);
    await approveGate(api, other);
    await runState(api, other, 'succeeded');
    expect((await task(api, other, 'notes'))!.handoffs ?? []).toEqual([]);
  });

  it('kept the console clean', () => expect(errors).toEqual([]));
});

describe("a person's own card", () => {
  it('is added, moved by keyboard and stays where it was put', async () => {
    const { boardId } = await firstRun(api);
    await page.goto(`${system.url}/boards/${boardId}`);
    await page.getByRole('button', { name: 'New card', exact: true }).click();
    await page.getByLabel('Title').fill('Rotate the signing key');
    await page.keyboard.press('Enter');
    await card(page, 'Todo', 'Rotate the signing key').waitFor();
    await card(page, 'Todo', 'Rotate the signing key').focus();
    await page.keyboard.press('m');
    await page
      .getByRole('menuitem', { name: /Review/ })
      .or(page.getByRole('option', { name: /Review/ }))
      .first()
      .click();
    await card(page, 'Review', 'Rotate the signing key').waitFor();
    await page.reload();
    await card(page, 'Review', 'Rotate the signing key').waitFor();
  });
});
