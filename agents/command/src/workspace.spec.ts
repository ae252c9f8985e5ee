import { mkdtempSync, mkdirSync, readFileSync, rmSync, utimesSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId, type Resume } from '@agencyos/contracts';
import { folderName, openWorkspace, pruneWorkspaces } from './workspace.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'agencyos-workspace-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const task = (taskId: string) => ({
  runId: newId(),
  taskId,
  attempt: 2,
  role: 'check',
  leaseMs: 1_000,
  timeoutMs: 1_000,
});

describe('a workspace', () => {
  it.each(['lint', 'lint[3]', 'fix#2/test', 'a/../../../b', 'a..', `a${'/b'.repeat(99)}`])(
    'of task %s lies below the root',
    async (taskId) => {
      const { folder } = await openWorkspace(root, task(taskId), null, undefined);
      expect(relative(root, folder)).not.toContain('..');
      expect(relative(root, folder).split('/')).toHaveLength(3);
    },
  );

  it('differs for different tasks', () => {
    const ids = ['a', 'a/1', 'a/b', 'a.b', 'a%2fb', 'a-b', 'x'.repeat(200), 'x'.repeat(199)];
    expect(new Set(ids.map(folderName)).size).toBe(ids.length);
  });

  it('holds the input with what was handed over', async () => {
    const resume = { kind: 'handoff', id: newId(), value: { value: { breaking: ['a'] } } } as Resume;
    const { inputFile } = await openWorkspace(root, task('notes'), { path: '/x' }, resume);
    expect(JSON.parse(readFileSync(inputFile, 'utf8'))).toMatchObject({
      task: { taskId: 'notes', attempt: 2, role: 'check' },
      input: { path: '/x' },
      resume: { kind: 'handoff', value: { breaking: ['a'] } },
    });
  });

  it('goes when its run is long over', async () => {
    for (const name of ['old', 'new']) mkdirSync(join(root, name));
    utimesSync(join(root, 'old'), new Date(0), new Date(0));
    expect(await pruneWorkspaces(root, 60_000)).toEqual(['old']);
    expect(existsSync(join(root, 'new'))).toBe(true);
    expect(await pruneWorkspaces(join(root, 'absent'), 60_000)).toEqual([]);
  });
});
