#!/usr/bin/env node
// `npm run generate:pictures`: the pictures of the documentation, from the product as it runs, in docs/images. It starts
// one in a folder of its own, does what is to be seen, and stops it. Looked at by a person before they are committed.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findChromium } from '../chromium.mjs';
import { untilAnswered } from '../until.mjs';

const projectRoot = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
const PASSWORD = 'only for the pictures';
const SIZE = { width: 1280, height: 760 };
const CARDS = [
  { title: 'Rotate the signing key of the release archive', priority: 'high', labels: ['security'] },
  { title: 'Say in the docs which ports an installation listens on', labels: ['docs'] },
  { title: 'The nightly import stops when a file has no header line', priority: 'high', labels: ['bug', 'import'] },
  { title: 'Retire the old staging cluster', labels: ['infrastructure', 'cost'] },
];
/** Beside the example: one that fails, one that is at work all the time, one that waits for a person. */
const WORKFLOWS = {
  billing: {
    task: {
      title: 'Run the tests of the billing service',
      retries: 0,
      run: ['node', '-e', "console.log('1 of 40 failed'); process.exit(1)"],
    },
  },
  index: {
    task: {
      title: 'Rebuild the index',
      run: ['node', '-e', 'let n = 0; setInterval(() => console.log(`segment ${++n} of 240 written`), 500)'],
    },
  },
  newsletter: {
    task: {
      title: 'Send the newsletter?',
      gate: { action: { kind: 'publish', target: 'newsletter' }, brief: 'To everybody who asked for it.' },
    },
  },
};

const folder = await mkdtemp(join(tmpdir(), 'agencyos-pictures-'));
const dataDir = join(folder, 'data');
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const args = [join(projectRoot, 'supervisor/bin/start.mjs'), '--port', String(port), '--data-dir', dataDir];
const system = spawn(process.execPath, args, { cwd: projectRoot, stdio: ['ignore', 'inherit', 'inherit'] });
const browser = await chromium.launch({ executablePath: await findChromium({ projectRoot }), args: ['--no-sandbox'] });
try {
  await untilAnswered(async () => (await fetch(`${url}/health/ready`)).ok);
  const context = await browser.newContext({ viewport: SIZE, colorScheme: 'light', reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto((await readFile(join(dataDir, 'setup-url'), 'utf8')).trim());
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Open the board' }).click();
  await page.waitForURL(/\/boards\//);
  const boardId = /boards\/([\w-]+)/.exec(page.url())[1];
  await command('kanban', 'AddCards', {
    boardId,
    cards: CARDS.map((card) => ({ cardId: randomUUID(), priority: 'normal', labels: [], assignees: [], ...card })),
  });
  await restartedAfterKill('healer', 'kanban');
  for (const [name, { task }] of Object.entries(WORKFLOWS)) await start(name, task);
  const gate = page
    .getByRole('list', { name: 'Review', exact: true })
    .getByRole('listitem')
    .filter({ hasText: 'Approve the release' });
  await gate.waitFor({ timeout: 300_000 });
  await take(page, 'board-light');
  await page.goto(`${url}/runs`);
  await page.locator('main a[href^="/runs/"]').filter({ hasText: 'Release check' }).first().click();
  await page.waitForURL(/\/runs\/[\w-]+/);
  await take(page, 'run-light');
  await page.goto(`${url}/inbox`);
  await page.locator('main a[href^="/inbox/"]').filter({ hasText: 'agencyos' }).first().click();
  await page.waitForURL(/\/inbox\/[\w-]+/);
  await take(page, 'inbox-light');
  await page.goto(`${url}/operations`);
  await take(page, 'operations-light');
  await page.goto(`${url}/agents`);
  await take(page, 'agents-light');
} finally {
  await browser.close();
  system.kill('SIGTERM');
  if (system.exitCode === null) await once(system, 'exit');
  await rm(folder, { recursive: true, force: true });
}

async function take(page, name) {
  await page.mouse.move(0, 0);
  await page.waitForLoadState('networkidle');
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(projectRoot, `docs/images/${name}.png`), animations: 'disabled' });
  console.log(`docs/images/${name}.png`);
}

async function command(context, type, data) {
  const token = (await readFile(join(dataDir, 'cli-token'), 'utf8')).trim();
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() };
  const answer = await fetch(`${url}/api/v1/${context}/${type}`, { method: 'POST', headers, body: JSON.stringify(data) });
  if (!answer.ok) throw new Error(`${type}: ${await answer.text()}`);
}

async function start(workflow, task) {
  const file = join(folder, `${workflow}.yaml`);
  const node = { id: 'only', ...(task.gate ? {} : { role: 'check' }), ...task };
  await writeFile(file, `workflow: ${workflow}\ntitle: ${JSON.stringify(task.title)}\ntasks: ${JSON.stringify([node])}\n`);
  const cli = join(projectRoot, 'cli/bin/agencyos.mjs');
  const running = spawn(process.execPath, [cli, 'run', file, '--data-dir', dataDir], { stdio: 'inherit' });
  const [code] = await once(running, 'exit');
  if (code !== 0) throw new Error(`${workflow} was not started.`);
}

/** So that there is an incident with its proof to be seen. */
async function restartedAfterKill(judge, name) {
  const supervisor = JSON.parse(await readFile(join(dataDir, 'supervisor.json'), 'utf8'));
  const processOf = async (wanted) => {
    const answer = await fetch(`${supervisor.url}/status`, { headers: { Authorization: `Bearer ${supervisor.token}` } });
    return (await answer.json()).processes.find((process) => process.name === wanted);
  };
  await untilAnswered(async () => (await processOf(judge)).state === 'ready');
  const { pid } = await processOf(name);
  process.kill(pid, 'SIGKILL');
  await untilAnswered(async () => {
    const now = await processOf(name);
    return now.pid !== pid && now.state === 'ready';
  });
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address();
  server.close();
  return free;
}
