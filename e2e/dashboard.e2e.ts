import { newId } from '@agencyos/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, rm } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { faults } from './support/accessibility.js';
import type { Api } from './support/api.js';
import { card, openBrowser, openPage, setUp } from './support/browser.js';
import { agencyos } from './support/command-line.js';
import { OwnersDatabase } from './support/owners-database.js';
import { generateRepository } from './support/repository.js';
import { firstRun, gateWaits, runState, runWorkflow, task } from './support/runs.js';
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
/** A run with a line that no screen is wide enough for. */
let wordyId: string;
const LONG = 'word '.repeat(200).trim();
const WORDY = `workflow: wordy
title: Wordy
tasks:
  - id: say
    title: Say much
    role: check
    run: [node, -e, "console.log('word '.repeat(200).trim()); console.log('the end')"]
`;
const GROUPED = `workflow: grouped
title: Grouped
tasks:
  - id: checks
    title: Both checks
    parallel:
      tasks:
        - { id: lint, title: Lint, role: check, run: [node, -e, "console.log('linted')"] }
        - { id: build, title: Build, role: check, run: [node, -e, "console.log('built')"] }
  - { id: ship, title: Ship, needs: [checks], role: check, run: [node, -e, "console.log('shipped')"] }
`;

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
  wordyId = await runWorkflow(api, 'wordy', WORDY, {}, boardId);
  await runState(api, wordyId, 'succeeded');
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
  await page
    .getByRole('navigation', { name: 'Main' })
    .first()
    .getByRole('link', { name: /Agents/ })
    .click();
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

it('tasks in a group are worked at, and opened by their path, with their log and its download', async () => {
  const groupedId = await runWorkflow(api, 'grouped', GROUPED, {}, boardId);
  await runState(api, groupedId, 'succeeded');
  for (const taskId of ['checks/lint', 'checks/build', 'ship']) {
    expect(await task(api, groupedId, taskId)).toMatchObject({ state: 'succeeded', attempt: 1 });
  }
  const log = await api.fetch(`/api/v1/runs/${groupedId}/log?${new URLSearchParams({ task: 'checks/build' }).toString()}`);
  expect(await log.json()).toMatchObject({ taskId: 'checks/build', lines: ['built'] });

  // From its card, by whose link the task is chosen; then from the address alone.
  await page.goto(`${system.url}/boards/${boardId}`);
  await card(page, 'Done', 'Build').click();
  await page.getByRole('link', { name: 'Open task' }).click();
  for (const again of [false, true]) {
    if (again) await page.reload();
    await page.getByRole('heading', { name: 'checks/build' }).waitFor();
    await page.getByRole('tab', { name: 'Logs' }).click();
    await page.getByRole('group', { name: 'Lines of the log' }).getByText('built').waitFor();
  }
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  expect((await coming).suggestedFilename()).toBe('checks-build-attempt-1.log');
});

/** The lines of the wordy task, and how far they reach beyond their place. */
async function openLog(on: Page) {
  await on.goto(`${system.url}/runs/${wordyId}?task=say`);
  await on.getByRole('tab', { name: 'Logs' }).click();
  const lines = on.getByRole('group', { name: 'Lines of the log' });
  await lines.getByText('the end').waitFor();
  return { lines, sideways: () => lines.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth) };
}

it('the log of a task that has ended is there, wrapped or not, to copy and to download (fault 30)', async () => {
  const { sideways } = await openLog(page);
  await page.getByText('2 lines', { exact: true }).waitFor();
  expect(await sideways()).toBe(0);
  await page.getByRole('button', { name: 'Wrap' }).click();
  await until('the long line is one', sideways, (by) => by > 0);

  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy the lines' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${LONG}\nthe end`);

  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toBe('say-attempt-1.log');
  expect((await readFile(await download.path(), 'utf8')).trimEnd()).toBe(`${LONG}\nthe end`);
});

it('a button restarts a process (fault 19)', async () => {
  const pid = await system.pidOf('command-2');
  await page.goto(`${system.url}/operations`);
  await page.getByRole('button', { name: 'Restart command-2…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Restart' }).click();
  await page.getByRole('paragraph').filter({ hasText: 'command-2 is being restarted.' }).waitFor();
  await system.replaced('command-2', pid);
});

it('the help opens the words about what is shown, and they are searched', async () => {
  await page.goto(`${system.url}/operations`);
  const coming = page.context().waitForEvent('page');
  await page.getByRole('link', { name: 'Help: Operations' }).click();
  const words = await coming;
  await words.getByRole('heading', { level: 1, name: 'Operations' }).waitFor();
  await words.getByRole('searchbox').fill('late result of a lost lease');
  await words.getByRole('link', { name: /Whoever works holds a lease/ }).click();
  await words.waitForURL(/\/docs\/explanation\/how-it-works#whoever-works-holds-a-lease$/);
  await words.close();
});

const paths = () => [`/boards/${boardId}`, '/runs', `/runs/${runId}`, '/inbox', `/inbox/${approvalId}`, '/operations', '/agents'];

async function open(tab: Page, path: string): Promise<void> {
  await tab.goto(system.url + path);
  await tab.locator('#main h1').first().waitFor({ state: 'attached' });
  await until(
    `${path} is loaded`,
    () => tab.locator('.skeleton').count(),
    (count) => count === 0,
  );
}

// In every look: accessibility.long.ts.
it('nothing on a page keeps people out in a serious way', async () => {
  for (const path of paths()) {
    await open(page, path);
    expect({ path, faults: await faults(page) }).toEqual({ path, faults: [] });
  }
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
        .filter(
          (element) => !(element.matches('.link') && element.parentElement?.textContent?.trim() !== element.textContent?.trim()),
        )
        .map((element) => ({ element, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && (box.height < 39.5 || box.width < 39.5))
        .map(({ element, box }) => `${element.outerHTML.slice(0, 90)} ${Math.round(box.width)}×${Math.round(box.height)}`),
    );

  it('everything that is touched is 40 px', async () => {
    for (const path of paths()) {
      await open(touched, path);
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
    await touched
      .getByRole('link', { name: /Review the request/ })
      .first()
      .waitFor();
    expect(await inSight(/Review the request/, 'link')).toBe(true);
    expect(await inSight(/Approve the release/, 'button')).toBe(true);
    await touched
      .getByRole('link', { name: /Review the request/ })
      .first()
      .click();
    await touched.getByRole('button', { name: /Reject…/ }).waitFor();
    expect(await inSight(/Reject…/, 'button')).toBe(true);
  });

  it('a long line of a log stays in its place', async () => {
    const { lines, sideways } = await openLog(touched);
    const width = () => touched.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect([await sideways(), await width()]).toEqual([0, 0]);
    await touched.getByRole('button', { name: 'Wrap' }).click();
    await until('the long line is one', sideways, (by) => by > 0);
    expect(await width()).toBe(0);
    expect((await lines.boundingBox())!.width).toBeLessThanOrEqual(viewport.width);
  });

  it('another board is two touches away', async () => {
    await touched.goto(`${system.url}/boards/${boardId}`);
    await touched.getByRole('button', { name: /another board/ }).click();
    await touched.getByRole('menuitem', { name: /Operations/ }).click();
    await touched.waitForURL((url) => !url.pathname.endsWith(boardId));
  });
});

describe('a fact that a view, and one that a reaction, cannot take (fault 4)', () => {
  let owner: OwnersDatabase;
  let poison: number;
  const mirrored = newId();

  beforeAll(async () => {
    owner = await OwnersDatabase.of(system);
    await page.goto(`${system.url}/agents`);
    await agentRow('command-1').waitFor();
  });
  afterAll(() => owner?.close());

  /** @returns the position of what was recorded */
  async function register(agentId: string, build: string): Promise<number> {
    await api.commandUntilAnswered('swarm', 'AdmitAgent', { agentId, roles: ['check'] });
    const said = { agentId, kind: 'command', roles: ['check'], build, maxConcurrent: 1 };
    const answer = await api.commandUntilAnswered('swarm', 'RegisterAgent', said);
    expect(answer).toMatchObject({ status: 200, position: expect.any(String) });
    return Number((answer as { position: string }).position);
  }

  const agentRow = (agentId: string) => page.getByRole('row').filter({ hasText: agentId });
  const service = (name: string) => page.getByRole('list', { name: 'Services' }).getByRole('listitem').filter({ hasText: name });
  const incident = (title: RegExp) => page.getByRole('article', { name: title });
  const banner = () => page.getByText('The list of agents is incomplete.');
  const json = async <T>(path: string) => (await (await api.fetch(path)).json()) as T;

  async function troubleOf(consumer: string): Promise<string | undefined> {
    const { consumers } = await json<{ consumers: { consumer: string; trouble?: { why: string } }[] }>('/api/v1/consumers');
    return consumers.find((one) => one.consumer === consumer)?.trouble?.why;
  }

  async function parkedBy(consumer: string): Promise<{ position: string; cause: string }[]> {
    const { parked } = await json<{ parked: { consumer: string; position: string; cause: string }[] }>('/api/v1/parked');
    return parked.filter((fact) => fact.consumer === consumer);
  }

  const untilReady = (ready: boolean) =>
    until(
      ready ? 'the gateway is ready' : 'the gateway is not ready',
      () => json<{ missing: string[] }>('/health/ready'),
      ({ missing }) => (ready ? missing.length === 0 : missing.includes('consumers of swarm')),
    );

  it('is told of while nothing shows that it alone is to blame', async () => {
    await owner.refuseRows('swarm', 'of-the-defect');
    poison = await register('refused', 'of-the-defect');
    const run = { runId: mirrored, name: 'As a build with a defect recorded it', workflowId: 'release-check', version: 1 };
    const shown = {
      digest: `sha256:${'0'.repeat(64)}`,
      input: { value: {} },
      cause: { kind: 'manual' },
      taskCount: 1,
      boardId,
      cards: 'tasks',
      admission: 'none',
    };
    await owner.record(`run-${mirrored}`, [
      { type: 'RunStarted', data: { ...run, ...shown } },
      {
        type: 'TasksPlanned',
        data: {
          runId: mirrored,
          tasks: [{ taskId: 'untitled', nodeId: 'untitled', kind: 'task', title: null, needs: [], card: true }],
        },
      },
      { type: 'RunCancelled', data: { runId: mirrored } },
    ]);

    await until(
      'the view waits',
      () => troubleOf('agents'),
      (why) => why === 'failing',
    );
    // Not before: two facts that are projected together write the later one's row alone, which nothing refuses.
    await register('refused', 'of-today');
    await untilReady(false);
    expect((await agencyos(system, 'status')).said).toMatch(
      /swarm\/agents waits for a fact that fails .*AgentRegistered of agent-refused/,
    );
    expect(await parkedBy('agents')).toEqual([]);
    await page.goto(`${system.url}/operations`);
    await incident(/swarm: agents waits for a fact that fails/).waitFor();
    await service('swarm').and(page.locator('[data-state=failed]')).getByText('Facts wait').waitFor();
  });

  it('is parked with the later ones of its stream once others go on, and the view says from where on it is incomplete', async () => {
    await page.goto(`${system.url}/agents`);
    await agentRow('command-1').waitFor();
    expect(await banner().count()).toBe(0);
    await register('sound', 'of-the-rest');
    await agentRow('sound').waitFor();
    await banner().waitFor();
    await page.getByText(`What was recorded at position ${poison} could not be shown`).waitFor();
    expect(await agentRow('refused').count()).toBe(0);
    expect(await json('/api/v1/views/agents/all')).toMatchObject({ incompleteSince: poison });

    const [first, ...later] = await parkedBy('agents');
    expect(first).toMatchObject({ position: String(poison), cause: expect.stringContaining('refused') });
    expect(later.map(({ cause }) => cause)).toEqual(['an earlier fact of this stream could not be projected']);
    await until(
      'that is told',
      () => troubleOf('agents'),
      (why) => why === 'parked',
    );
    await untilReady(true);
    expect((await agencyos(system, 'status')).said).toMatch(/swarm\/agents has parked facts/);
  });

  it('keeps back its own stream alone where a reaction cannot take it', async () => {
    const facts = await until(
      'the reaction has parked',
      () => parkedBy('board-mirror'),
      ({ length }) => length === 2,
    );
    expect(facts[1]!.cause).toBe('an earlier fact of this stream is parked');
    const boards = Object.values(await api.view('boards', 'all')) as { boardId: string; key: string }[];
    const operations = boards.find(({ key }) => key === 'OPS')!.boardId;
    await until(
      'the card of the incident stands on its board',
      async () => Object.values(await api.view('board', operations)) as { title?: string }[],
      (rows) => rows.some(({ title }) => title?.startsWith('kanban: board-mirror')),
    );
    await page.goto(`${system.url}/operations`);
    await incident(/kanban: board-mirror/).waitFor();
    await service('kanban').and(page.locator('[data-state=failed]')).waitFor();
  });

  it('is in its view once that was built anew without the fault', async () => {
    await page.goto(`${system.url}/agents`);
    await banner().waitFor();
    await owner.acceptRows('swarm');
    expect((await agencyos(system, 'parked', 'retry', 'agents')).said).toContain('agents is built anew');
    await agentRow('refused').filter({ hasText: 'of-today' }).waitFor();
    await banner().waitFor({ state: 'detached' });
    expect(await json('/api/v1/views/agents/all')).not.toHaveProperty('incompleteSince');
    expect(await parkedBy('agents')).toEqual([]);
    await until(
      'nothing troubles the view',
      () => troubleOf('agents'),
      (why) => why === undefined,
    );
    await page.goto(`${system.url}/operations`);
    await service('swarm').and(page.locator('[data-state=done]')).waitFor();
  });
});

it('kept the console clean', () => expect(errors).toEqual([]));
