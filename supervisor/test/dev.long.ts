import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '@agencyos/contracts';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '../../scripts/until.mjs';
import { freePort } from '../src/free-port.js';
import { CopiedSources } from './copied-sources.js';

jest.setTimeout(300_000);

let copy: CopiedSources;
let dev: ChildProcess;
let output = '';
let port: number;
let pagePort: number;
const dataDir = () => join(copy.root, '.agencyos');
const read = (path: string) => readFileSync(join(dataDir(), path), 'utf8').trim();

interface Running {
  name: string;
  pid: number;
  state: string;
}
async function processes(): Promise<Running[]> {
  const { url, token } = JSON.parse(read('supervisor.json')) as { url: string; token: string };
  const answer = await fetch(`${url}/status`, { headers: { Authorization: `Bearer ${token}` } });
  return ((await answer.json()) as { processes: Running[] }).processes;
}

/** What kanban says to who asks for a board that is not there. */
async function answerOfKanban(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${pagePort}/api/v1/kanban/ArchiveCards`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${read('cli-token')}`, 'Content-Type': 'application/json', 'Idempotency-Key': newId() },
    body: JSON.stringify({ boardId: newId(), cardIds: [newId()], why: 'person' }),
  });
  return ((await answer.json()) as { detail: string }).detail;
}

/** Processes with a working directory or program below the copy. */
function below(root: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return [readlinkSync(`/proc/${pid}/cwd`), readFileSync(`/proc/${pid}/cmdline`, 'utf8')].some((text) => text.includes(root));
    } catch {
      return false;
    }
  });
}

beforeAll(async () => {
  copy = await CopiedSources.createBuilt();
  [port, pagePort] = [await freePort(), await freePort()];
  const args = ['--data-dir', dataDir(), '--port', String(port), '--page-port', String(pagePort)];
  const { NODE_OPTIONS: _, ...env } = process.env;
  dev = spawn(process.execPath, [join(copy.root, 'scripts/dev.mjs'), ...args], { cwd: copy.root, env, detached: true });
  for (const stream of [dev.stdout!, dev.stderr!]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await said(/The page, with live reload/);
});
afterAll(async () => {
  if (dev.exitCode === null && dev.pid) process.kill(-dev.pid, 'SIGKILL');
  await copy.remove();
});

const said = (what: RegExp) =>
  until(
    () => output,
    (text) => {
      if (dev.exitCode !== null) throw new Error(`npm run dev has ended:\n${text}`);
      return what.test(text);
    },
    said,
  );

describe('npm run dev', () => {
  it('serves the page, and what the gateway answers', async () => {
    const page = () =>
      fetch(`http://127.0.0.1:${pagePort}/`).then(
        (answer) => answer.ok,
        () => false,
      );
    await until(page, Boolean, page);
    const answer = await fetch(`http://127.0.0.1:${pagePort}/boards`, { headers: { Accept: 'text/html' } });
    expect(await answer.text()).toContain('<ao-root');
    expect(answer.headers.get('content-security-policy')).toContain("require-trusted-types-for 'script'");
    expect((await fetch(`http://127.0.0.1:${pagePort}/health/ready`)).status).toBe(200);
  });

  it('restarts what runs on a line that was changed, and nothing else', async () => {
    const before = await processes();
    expect(await answerOfKanban()).toBe('There is no such board.');
    await copy.change('services/kanban/src/board/board.decider.ts', 'There is no such board.', 'No board has this id.');
    await said(/kanban runs the new code/);
    expect(await answerOfKanban()).toBe('No board has this id.');
    const after = await processes();
    const restarted = after.filter(({ name, pid }) => before.find((one) => one.name === name)!.pid !== pid);
    expect(restarted.map(({ name }) => name)).toEqual(['kanban']);
  });

  it('shows what does not compile, and leaves what runs as it is', async () => {
    const before = await processes();
    const file = 'services/kanban/src/board/board.decider.ts';
    const program = await copy.read('services/kanban/dist/board/board.decider.js');
    await copy.change(file, 'initialState: noBoard', 'initialState: 1');
    await said(/It does not compile; what runs goes on as it was/);
    expect(output).toMatch(/board\.decider\.ts.*TS2322/);
    expect(await copy.read('services/kanban/dist/board/board.decider.js')).toBe(program);
    await copy.change(file, 'initialState: 1', 'initialState: noBoard');
    await said(/It compiles again/);
    expect(await processes()).toEqual(before);
  });

  it('leaves nothing behind after Ctrl-C', async () => {
    process.kill(-dev.pid!, 'SIGINT');
    const [code] = (await once(dev, 'exit')) as [number];
    expect(code).toBe(0);
    expect(existsSync(join(dataDir(), 'supervisor.json'))).toBe(false);
    expect(below(copy.root)).toEqual([]);
  });
});
