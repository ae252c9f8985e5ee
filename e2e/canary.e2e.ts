import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@agencyos/contracts';
import type { Api } from './support/api.js';
import { generateRepository } from './support/repository.js';
import { runState, storeWorkflow, startRun, task } from './support/runs.js';
import { marks, System } from './support/system.js';
import { until } from './support/until.js';

let repository: string;
let system: System | undefined;
beforeAll(async () => {
  repository = await generateRepository({ breaking: false });
});
afterAll(() => rm(repository, { recursive: true, force: true }));
afterEach(async () => {
  await system?.discard();
  system = undefined;
});

const workflow = `workflow: canary
title: What a hostile step would try
cards: none
input: { paths: { type: list }, digests: { type: list }, ports: { type: object }, pids: { type: list }, root: { type: string }, script: { type: string } }
tasks:
  - id: try
    title: Reads and reaches all it can
    role: check
    lease: 10s
    run: [node, '\${{ input.script }}']
    input: { paths: '\${{ input.paths }}', digests: '\${{ input.digests }}', ports: '\${{ input.ports }}', pids: '\${{ input.pids }}', root: '\${{ input.root }}' }
`;

interface Attempted {
  read: string[];
  found: string[];
  reached: string[];
  seen: number[];
}

/** Runs the canary in a step of the running system. */
async function canary(running: System, root: string): Promise<Attempted> {
  const { dataDir, port } = running;
  const api: Api = await running.api();
  const other = join(dataDir, 'workspaces', 'another-run');
  mkdirSync(other, { recursive: true });
  writeFileSync(join(other, 'notes'), 'of another run');
  const script = join(marks(dataDir), 'canary.mjs');
  copyFileSync(join(import.meta.dirname, 'support', 'canary.mjs'), script);
  const files = ['cli-token', 'postgres-password', 'supervisor.json', 'nkeys', 'agents', 'ports'].flatMap((name) =>
    below(join(dataDir, name)),
  );
  expect(files.length).toBeGreaterThan(10);
  const { processes } = await running.status();
  const pids = [process.pid, running.child.pid!, ...processes.map(({ pid }) => pid)].filter((pid) => pid > 50); // a sandbox counts from 1, too
  const supervisor = await running.supervisor();
  const input = {
    script,
    root,
    pids,
    paths: [...files, join(other, 'notes'), ...below(homedir(), 1).slice(0, 30), ...pids.map((pid) => `/proc/${pid}/environ`)],
    digests: [...files.map((file) => readFileSync(file, 'utf8').trim()), supervisor.token].map((text) =>
      createHash('sha256').update(text).digest('hex'),
    ),
    ports: {
      gateway: port,
      supervisor: Number(new URL(supervisor.url).port),
      nats: Number(readFileSync(join(dataDir, 'ports', 'nats'), 'utf8')),
      postgres: Number(readFileSync(join(dataDir, 'ports', 'postgres'), 'utf8')),
    },
  };
  await storeWorkflow(api, 'canary', workflow);
  const runId = newId();
  await startRun(api, runId, 'canary', input);
  await runState(api, runId, 'succeeded');
  const row = (await task(api, runId, 'try')) as unknown as { output: { value: Attempted } };
  return row.output.value;
}

/** Regular files at a place, or below it. */
function below(place: string, depth = 3): string[] {
  const found = statSync(place, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return found?.isFile() ? [place] : [];
  return depth === 0 ? [] : readdirSync(place).flatMap((name) => below(join(place, name), depth - 1));
}

/** What the workers have found out; they start last of all. */
const inForce = async (running: System) => {
  const text = await until('a worker says what is in force', () => readFile(join(running.dataDir, 'isolation.json'), 'utf8'));
  return JSON.parse(text) as { way: string; sentence: string };
};
const says = (running: System, sentence: string) =>
  until(
    'the start says what is in force',
    () => running.output(),
    (text) => text.includes(sentence),
  );

describe('a hostile step (fault 6)', () => {
  it('can read and use no credential wherever isolation is in force, and the start says whether it is', async () => {
    system = await System.start({ repository });
    const { way, sentence } = await inForce(system);
    await says(system, sentence);
    const attempted = await canary(system, '/');
    if (way === 'none') expect(sentence).toContain('NOT isolated');
    else expect(attempted).toEqual({ read: [], found: [], reached: [], seen: [] });
  });

  it('can read all of them where commands are not isolated: the canary is able to see', async () => {
    system = await System.start({ repository, env: { AGENCYOS_ISOLATION: 'none' } });
    await says(system, 'NOT isolated');
    const { read, found, reached } = await canary(system, system.dataDir);
    expect(read.some((path) => path.endsWith('/cli-token'))).toBe(true);
    expect(found.some((path) => path.endsWith('.token'))).toBe(true);
    expect(reached).toEqual(['gateway', 'supervisor', 'nats', 'postgres']);
  });
});
