import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TaskOutcome } from '@agencyos/agent';
import { newId, type Content } from '@agencyos/contracts';
import { commandHandler, Profiles } from '../src/index.js';
import { MemoryStore } from './memory-store.js';

let root: string;
let script: string;
let store: MemoryStore;
let lines: string[];
beforeEach(() => {
  root = mkdtempSync(join(import.meta.dirname, '.shared-')); // not below the system's folder for what is temporary
  script = join(root, 'steps', 'publish.mjs');
  mkdirSync(join(root, 'steps'));
  writeFileSync(script, "console.log('as approved')");
  store = new MemoryStore();
  lines = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

interface Given {
  run: string[];
  uses?: Record<string, Content>;
  produces?: Record<string, string>;
}

/** Each in a workspace of its own, as on another machine. */
function run(input: Given, options: { guarded?: boolean; worker?: string; granted?: string } = {}): Promise<TaskOutcome> {
  const { guarded = false, worker = 'a', granted } = options;
  return commandHandler({
    workspaces: join(root, 'workspaces', worker),
    guard: { watch: () => undefined, release: () => undefined },
    content: store,
    ...(granted && { profiles: Profiles.of({ check: { folders: [{ path: granted }] } }) }),
  })({
    task: {
      ...{ runId: newId(), taskId: 'x', attempt: 1, role: 'check', leaseMs: 6_000, timeoutMs: 60_000 },
      ...(guarded && { approvalId: newId() }),
    },
    input,
    signal: new AbortController().signal,
    log: (line) => lines.push(line),
    progress: () => undefined,
  });
}
const keep = ['node', '-e', `require('node:fs').cpSync(process.argv[1], 'steps', { recursive: true })`];

async function produced(): Promise<Record<string, Content>> {
  const outcome = await run({ run: [...keep, join(root, 'steps')], produces: { steps: 'steps' } });
  if (outcome.kind !== 'succeeded') throw new Error(JSON.stringify(outcome));
  return Object.fromEntries(outcome.artifacts!.map((one) => [one.name!, one]));
}
/** Somebody changes the script after the vote. */
const tamper = () => writeFileSync(script, "console.log('changed')");

describe('tasks share files by name (fault 6)', () => {
  it('on any worker, which gets the bytes from the content store', async () => {
    const uses = await produced();
    rmSync(join(root, 'workspaces/a'), { recursive: true });
    const outcome = await run({ run: ['node', 'uses/steps/publish.mjs'], uses }, { worker: 'b' });
    expect(outcome.kind).toBe('succeeded');
    expect(lines).toContain('as approved');
  });

  it('and what was not produced fails the attempt by its name', async () => {
    const outcome = await run({ run: ['node', '-e', '0'], produces: { notes: 'NOTES.md' } });
    expect(outcome).toMatchObject({
      kind: 'failed',
      fault: { code: 'produced_missing', message: expect.stringContaining('"notes"'), retryable: false },
    });
  });
});

/** Fault 10: approved was an argument vector, run was whatever lay there by then. */
describe('a guarded command (fault 10)', () => {
  it('runs the bytes that were approved, though the script was changed after the vote', async () => {
    const uses = await produced();
    tamper();
    const outcome = await run({ run: ['node', 'uses/steps/publish.mjs'], uses }, { guarded: true });
    expect(outcome.kind).toBe('succeeded');
    expect(lines).toContain('as approved');
    expect(lines).not.toContain('changed');
  });

  it('does not run a script that could have been changed, and says what to do', async () => {
    tamper();
    const outcome = await run({ run: ['node', script] }, { guarded: true });
    expect(outcome).toMatchObject({
      kind: 'failed',
      fault: {
        code: 'file_not_approved',
        message: expect.stringMatching(/names .*publish\.mjs.*name it under uses/),
        retryable: false,
      },
    });
    expect(lines).toEqual([]);
  });

  it('may run one that the worker’s owner grants read-only', async () => {
    const granted = join(root, 'steps');
    expect((await run({ run: ['node', script] }, { guarded: true, granted })).kind).toBe('succeeded');
    expect(existsSync(script)).toBe(true);
  });

  it('does not run when the content store has other bytes', async () => {
    const uses = await produced();
    store.contents.delete(uses['steps']!.digest);
    expect(await run({ run: ['node', 'uses/steps/publish.mjs'], uses }, { guarded: true })).toMatchObject({
      kind: 'failed',
      fault: { code: 'uses_unreadable', message: expect.stringContaining('"steps"') },
    });
  });
});
