import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Journal } from './journal.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agencyos-journal-'));
  path = join(folder, 'journal.jsonl');
});

afterEach(() => rmSync(folder, { recursive: true }));

const exit = (process: string) => ({
  kind: 'exit' as const,
  process,
  exit: { code: null, signal: 'SIGKILL' },
  diedAt: '2026-01-01T00:00:00.000Z',
});

it('numbers go on after a restart, and a line cut off by an unclean end does no harm', () => {
  const first = new Journal(path);
  first.add(exit('kanban'));
  first.add(exit('swarm'));
  first.close();
  appendFileSync(path, '{"n":3,"kind":"ex');
  const second = new Journal(path);
  expect(second.add(exit('relay')).n).toBe(3);
  expect(second.after(1).map(({ n, process }) => [n, process])).toEqual([
    [2, 'swarm'],
    [3, 'relay'],
  ]);
  second.close();
  expect(new Journal(path).entries).toHaveLength(3);
});

it('does not show requests among what happened, and is for its owner only', () => {
  const journal = new Journal(path);
  const at = '2026-01-01T00:00:00.000Z';
  journal.add({ kind: 'action', process: 'kanban', actionKey: 'a', token: 1, outcome: 'running', at });
  journal.add(exit('kanban'));
  expect(journal.after(0).map(({ n }) => n)).toEqual([2]);
  expect(statSync(path).mode & 0o077).toBe(0);
  journal.close();
});

it('keeps the newest entries only, and their numbers', () => {
  const first = new Journal(path);
  for (let n = 0; n < 3; n++) first.add(exit('kanban'));
  first.close();
  appendFileSync(path, Array.from({ length: 6_000 }, (_, n) => `${JSON.stringify({ n: n + 4, ...exit('relay') })}\n`).join(''));
  const second = new Journal(path);
  expect(second.entries).toHaveLength(5_000);
  expect(second.add(exit('nats')).n).toBe(6_004);
  second.close();
});
