import { newId } from '@agencyos/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import type { Api } from './support/api.js';
import { card, column, openBrowser, openPage, setUp } from './support/browser.js';
import { isAlive, processesOf } from './support/processes.js';
import { generateRepository } from './support/repository.js';
import { firstRun, runState, runWorkflow, task } from './support/runs.js';
import { startSlowTask, type SlowTask } from './support/slow-task.js';
import { System } from './support/system.js';
import { until } from './support/until.js';

let repository: string;
let system: System;
let api: Api;
let browser: Browser;
let page: Page;
let errors: string[];
let boardId: string;

beforeAll(async () => {
  repository = await generateRepository({ breaking: false });
  system = await System.start({ repository });
  api = await system.api();
  boardId = (await firstRun(api)).boardId!;
  browser = await openBrowser();
  ({ page, errors } = await openPage(browser));
  await setUp(page, system);
  await page.goto(`${system.url}/boards/${boardId}`);
});

afterAll(async () => {
  await browser?.close();
  await system?.discard();
  await rm(repository, { recursive: true, force: true });
});

/** Lifts a card with the mouse and lets it go over another column. */
async function drag(from: Locator, to: Locator): Promise<void> {
  const [start, end] = [(await from.boundingBox())!, (await to.boundingBox())!];
  await page.mouse.move(start.x + 40, start.y + 30);
  await page.mouse.down();
  await page.mouse.move(start.x + 60, start.y + 40, { steps: 3 });
  await page.mouse.move(end.x + end.width / 2, end.y + 60, { steps: 10 });
  await page.mouse.up();
}

describe('a task that takes its time', () => {
  let slow: SlowTask;

  it('is in progress, with the age of its lease and its last line', async () => {
    slow = await startSlowTask(system, api, boardId, 'seen');
    const shown = card(page, 'In progress', slow.title);
    await shown.waitFor();
    await shown.getByText(slow.line).waitFor();
    const beat = shown.getByLabel(/^last heartbeat \d/);
    await beat.waitFor();
    // It ages while its worker is silent, and starts again with the next heartbeat.
    const worker = await system.pidOf((await task(api, slow.runId, 'slow'))!.holder!.replace('agent:', ''));
    const age = async () => Number.parseInt((await beat.textContent())!);
    process.kill(worker, 'SIGSTOP');
    await until('the lease ages', age, (seconds) => seconds >= 2);
    process.kill(worker, 'SIGCONT');
    await until('a heartbeat has renewed it', age, (seconds) => seconds < 2);
  });

  it('goes to Done by itself once it is done', async () => {
    await slow.finish();
    await card(page, 'Done', slow.title).waitFor();
    expect(await card(page, 'In progress', slow.title).count()).toBe(0);
  });
});

describe("a running task's card that is dragged back to Todo", () => {
  let slow: SlowTask;
  let first: number[];

  it('stays in progress until its person has confirmed that the attempt is stopped', async () => {
    slow = await startSlowTask(system, api, boardId, 'dragged');
    const shown = card(page, 'In progress', slow.title);
    await shown.getByText(slow.line).waitFor();
    const workspace = join(system.dataDir, 'workspaces', slow.runId);
    first = (
      await until(
        'the command runs',
        () => processesOf(workspace),
        (found) => found.length > 0,
      )
    ).map(({ pid }) => pid);
    await drag(shown, column(page, 'Todo'));
    const question = page.getByRole('alertdialog', { name: 'Stop the running attempt?' });
    await question.getByRole('button', { name: 'Back' }).click();
    await question.waitFor({ state: 'detached' });
    expect(await card(page, 'In progress', slow.title).count()).toBe(1);
    expect((await task(api, slow.runId, 'slow'))!.attempt).toBe(1);
  });

  it('is stopped, given back and started again as attempt 2', async () => {
    await drag(card(page, 'In progress', slow.title), column(page, 'Todo'));
    await page.getByRole('alertdialog').getByRole('button', { name: 'Stop and start again' }).click();
    await until(
      'the first attempt is gone',
      () => first.filter(isAlive),
      (left) => left.length === 0,
    );
    await card(page, 'In progress', slow.title).getByText('attempt 2').waitFor();
    const row = await until(
      'attempt 2 is leased',
      () => task(api, slow.runId, 'slow'),
      (now) => now?.state === 'leased',
    );
    expect(row!.attempts!.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [1, 'released'],
      [2, 'running'],
    ]);
    await slow.finish();
    await runState(api, slow.runId, 'succeeded');
    await card(page, 'Done', slow.title).waitFor();
  });
});

describe('a task whose role nobody has', () => {
  const waits = 'Waits for an agent with role designer: none is registered';
  const title = 'Look at the new start page';
  let runId: string;

  beforeAll(async () => {
    const column = { columnId: newId(), name: 'Cancelled', category: 'cancelled', rank: 'z0', wipMode: 'warn', perLane: false };
    await api.command('kanban', 'AddColumn', { boardId, column });
    const yaml = `workflow: unserved\ntitle: Brand review\ntasks:\n  - id: look\n    title: ${title}\n    role: designer\n    run: [node, -e, "0"]\n`;
    runId = await runWorkflow(api, 'unserved', yaml, {}, boardId);
  });

  it('says so on its card and on the page of its run (fault 25)', async () => {
    const shown = card(page, 'Todo', title);
    await shown.getByText(waits).waitFor();
    await shown.getByRole('link', { name: /^Open run/ }).click();
    await page.getByRole('status').filter({ hasText: waits }).waitFor();
  });

  it('is cancelled by dragging its card to Cancelled (fault 21)', async () => {
    await page.setViewportSize({ width: 1800, height: 900 });
    await page.goto(`${system.url}/boards/${boardId}`);
    await drag(card(page, 'Todo', title), column(page, 'Cancelled'));
    await card(page, 'Cancelled', title).waitFor();
    await until(
      'the task is cancelled',
      () => task(api, runId, 'look'),
      (row) => row?.state === 'cancelled',
    );
  });
});

it('kept the console clean', () => expect(errors).toEqual([]));
