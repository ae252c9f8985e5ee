import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { filesOf, folderOf, mutatedFolders, projectOf, serverSpecs } from '../../scripts/mutation/folders.mjs';
import { FLOOR, scoreOf } from '../../scripts/mutation/score.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('planted mistakes', () => {
  it('count where a spec saw them, or waited for ever; what no spec runs does not', () => {
    expect(FLOOR).toBe(85);
    expect(scoreOf({ killed: 80, timeout: 5, survived: 5, noCoverage: 10 })).toBe(85);
    expect(scoreOf({ killed: 849, timeout: 0, survived: 150, noCoverage: 1 })).toBe(84.9);
    expect(scoreOf({ killed: 0, timeout: 0, survived: 0, noCoverage: 0 })).toBeUndefined();
  });

  it('are planted where a mistake loses something, folder by folder, and in no spec, migration or start', () => {
    const folders = mutatedFolders([
      'services/kanban/src/board/board.ts',
      'services/kanban/src/board/board.spec.ts',
      'services/kanban/src/board/testing/board-scenario.ts',
      'services/kanban/src/main.ts',
      'services/kanban/src/service.ts',
      'services/kanban/src/pages/pages.migration.ts',
      'libs/runtime/src/consumers/feed.ts',
      'libs/runtime/src/config.ts',
    ]);
    expect([...folders]).toEqual([
      ['libs/runtime/src/commands', []],
      ['libs/runtime/src/consumers', ['libs/runtime/src/consumers/feed.ts']],
      ['gateway/src/live', []],
      ['services/kanban/src/board', ['services/kanban/src/board/board.ts']],
      ['services/kanban/src', ['services/kanban/src/service.ts']],
    ]);
    expect(folderOf('libs/runtime/src/config.ts')).toBeUndefined();
    expect(['services/kanban/src/board', 'services/kanban/src', 'gateway/src/live'].map(projectOf)).toEqual([
      'services/kanban',
      'services/kanban',
      'gateway',
    ]);
  });

  it('are tried without the specs that start a server', () => {
    const slow = serverSpecs(filesOf(root), 'libs/runtime', root);
    expect(slow).toContain('libs/runtime/test/projector.int.spec.ts');
    expect(slow).toContain('libs/runtime/src/event-store/postgres/gaps.spec.ts');
    expect(slow).not.toContain('libs/runtime/src/consumers/feed.spec.ts');
  });
});
