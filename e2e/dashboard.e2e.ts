import { newId } from '@agencyos/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import type { Api } from './support/api.js';
import { card, openBrowser, openPage, setUp } from './support/browser.js';
import { generateRepository } from './support/repository.js';
import { firstRun, gateWaits } from './support/runs.js';
import { System } from './support/system.js';
import { until } from './support/until.js';

let repository: string;
let system: System;
let api: Api;
let browser: Browser;
let page: Page;
let errors: string[];
let boardId: string;
let runId: string;
let approvalId: string;

beforeAll(async () => {
  repository = await generateRepository({ breaking: false });
  system = await System.start({ repository });
  api = await system.api();
  const run = await firstRun(api);
  [boardId, runId] = [run.boardId!, run.runId];
  ({ approvalId } = (await gateWaits(api, runId)) as { approvalId: string });
  browser = await openBrowser();
  ({ page, errors } = await openPage(browser));
  await setUp(page, system);
});

afterAll(async () => {
  await browser?.close();
  await system?.discard();
  await rm(repository, { recursive: true, force: true });
});

interface Row {
  cardId: string;
  columnId: string;
  category: string;
}

it('a move made while the gateway is away outlasts a click in the navigation and a reload (fault 28)', async () => {
  const cardId = newId();
  const own = { cardId, title: 'Rotate the key', priority: 'normal', labels: [], assignees: [] };
  await api.command('kanban', 'AddCards', { boardId, cards: [own] });
  await page.goto(`${system.url}/boards/${boardId}`);
  const shown = card(page, 'Todo', own.title);
  await shown.waitFor();

  await page.route('**/*', (route) => route.abort('connectionrefused'));
  const pid = await system.kill('gateway');
  await page.getByText('Reconnecting').waitFor();
  await shown.focus();
  await page.keyboard.press('m');
  await page.getByRole('option', { name: /^Done/ }).click();
  await card(page, 'Done', own.title).waitFor();
  await page.getByText('1 change waiting').first().waitFor();
  await page.getByRole('navigation', { name: 'Main' }).first().getByRole('link', { name: /Agents/ }).click();
  // Either its code is here already, or the page says that it is not; never the browser's error page.
  await page.getByRole('heading', { name: 'Agents' }).or(page.getByText('This page is not here yet')).first().waitFor();
  expect(page.url().startsWith(system.url)).toBe(true);

  await system.replaced('gateway', pid);
  await page.unroute('**/*');
  await page.reload();
  await until(
    'the move is with the server',
    async () => Object.values(await api.view('board', boardId)) as unknown as Row[],
    (rows) => rows.some((row) => row.cardId === cardId && row.category === 'done'),
  );
  await page.goto(`${system.url}/boards/${boardId}`);
  await card(page, 'Done', own.title).waitFor();
});

it('the log of a task that has ended is there (fault 30)', async () => {
  await page.goto(`${system.url}/runs/${runId}?task=lint`);
  const panel = page.getByRole('complementary', { name: 'Task' });
  await panel.getByRole('tab', { name: 'Logs' }).click();
  await panel.getByRole('group', { name: 'Lines of the log' }).waitFor();
  await panel.getByText(/^\d+ lines?$/).waitFor();
});

describe.each([
  ['a phone', { width: 390, height: 844 }],
  ['a tablet held upright', { width: 834, height: 1112 }],
])('on %s (fault 35)', (_device, viewport) => {
  let touched: Page;

  beforeAll(async () => {
    const storageState = await page.context().storageState();
    const context = await browser.newContext({ viewport, hasTouch: true, isMobile: true, storageState });
    touched = await context.newPage();
  });
  afterAll(() => touched?.context().close());

  /** What can be touched and is lower or narrower than a finger; a link inside a sentence is part of it. */
  const tooSmall = () =>
    touched.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('a, button, summary, select, input:not([type=checkbox])')]
        .filter((element) => element.checkVisibility({ visibilityProperty: true }) && element.offsetParent !== null)
        .filter((element) => !element.closest('.visually-hidden, .skip-link, .node'))
        .filter((element) => !(element.matches('.link') && element.parentElement?.textContent?.trim() !== element.textContent?.trim()))
        .map((element) => ({ element, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && (box.height < 39.5 || box.width < 39.5))
        .map(({ element, box }) => `${element.outerHTML.slice(0, 90)} ${Math.round(box.width)}×${Math.round(box.height)}`),
    );

  it('everything that is touched is 40 px', async () => {
    for (const path of [`/boards/${boardId}`, '/runs', `/runs/${runId}`, '/inbox', `/inbox/${approvalId}`, '/operations', '/agents']) {
      await touched.goto(system.url + path);
      await touched.locator('#main h1').first().waitFor({ state: 'attached' });
      await until(`${path} is loaded`, () => touched.locator('.skeleton').count(), (count) => count === 0);
      expect({ path, tooSmall: await tooSmall() }).toEqual({ path, tooSmall: [] });
      const sideways = await touched.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect({ path, sideways }).toEqual({ path, sideways: 0 });
    }
  });

  it('a run opens with what waits, and a request shows both answers', async () => {
    await touched.goto(`${system.url}/runs/${runId}`);
    const inSight = async (name: RegExp, role: 'button' | 'link') => {
      const box = (await touched.getByRole(role, { name }).first().boundingBox())!;
      return box.x >= 0 && box.y >= 0 && box.x + box.width <= viewport.width && box.y + box.height <= viewport.height;
    };
    await touched.getByRole('link', { name: /Review the request/ }).first().waitFor();
    expect(await inSight(/Review the request/, 'link')).toBe(true);
    expect(await inSight(/Approve the release/, 'button')).toBe(true);
    await touched.getByRole('link', { name: /Review the request/ }).first().click();
    await touched.getByRole('button', { name: /Reject…/ }).waitFor();
    expect(await inSight(/Reject…/, 'button')).toBe(true);
  });

  it('another board is two touches away', async () => {
    await touched.goto(`${system.url}/boards/${boardId}`);
    await touched.getByRole('button', { name: /another board/ }).click();
    await touched.getByRole('menuitem', { name: /Operations/ }).click();
    await touched.waitForURL((url) => !url.pathname.endsWith(boardId));
  });
});

it('kept the console clean', () => expect(errors).toEqual([]));
