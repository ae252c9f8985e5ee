import { randomBytes } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { until } from '../../scripts/until.mjs';
import { ended, type Installation } from './installation.js';

// Of each, supervisor.int.spec.ts has one case, and supervisor.long.ts the others.

export async function endsInOrder(installation: Installation, signal: NodeJS.Signals): Promise<void> {
  const supervisor = await installation.start();
  expect((await installation.processes()).map(({ name, state }) => [name, state])).toEqual(
    ['nats', 'postgres', 'kanban', 'healer', 'command-1'].map((name) => [name, 'ready']),
  );
  supervisor.kill(signal);
  expect(await ended(supervisor)).toBe(0);
  expect(installation.living()).toEqual([]);
  expect(await installation.read('stopped')).toBe('command-1\nhealer\nkanban\n');
  expect(await installation.read('logs/postgres.log')).toContain('database system is shut down');
}

export async function isRestarted(installation: Installation, name: string): Promise<void> {
  await installation.start();
  const before = await installation.process(name);
  await installation.kill(name);
  await until(async () => (await installation.journal()).some(({ kind }) => kind === 'restart'));
  const [exit, restart] = await installation.journal();
  expect(exit).toMatchObject({
    n: 1,
    kind: 'exit',
    process: name,
    exit: { code: null, signal: 'SIGKILL' },
  });
  expect(restart).toMatchObject({
    n: 2,
    kind: 'restart',
    process: name,
    by: 'supervisor',
    diedAt: exit?.diedAt,
  });
  expect(Date.parse(restart?.readyAt ?? '')).toBeGreaterThanOrEqual(Date.parse(restart?.diedAt ?? ''));
  const after = await installation.process(name);
  expect(after).toMatchObject({ state: 'ready', restarts: 1 });
  expect(after.instanceId).not.toBe(before.instanceId);
}

/** A project whose command line does what the test says. */
export async function demoProject(installation: Installation, script: string): Promise<object> {
  const root = join(installation.dataDir, 'project');
  await mkdir(join(root, 'cli/bin'), { recursive: true });
  for (const name of ['node_modules', '.cache', 'libs']) {
    await symlink(join(import.meta.dirname, '../..', name), join(root, name));
  }
  await writeFile(join(root, 'cli/bin/agencyos.mjs'), script);
  return { demo: true, demoVote: randomBytes(32).toString('base64url'), projectRoot: root };
}

export const FOLLOWS_FOR_EVER = `console.log('following', process.argv[2]);
process.stdin.once('data', (line) => console.log('credential', /^[\\w-]{43}\\n$/.test(String(line))));
process.stdin.once('end', () => process.exit());`;
