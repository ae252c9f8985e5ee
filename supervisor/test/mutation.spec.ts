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
    const folders = mutatedFolders(
      [
        'services/kanban/src/board/board.ts',
        'services/kanban/src/board/board.spec.ts',
        'services/kanban/src/board/testing/board-scenario.ts',
        'services/kanban/src/main.ts',
        'services/kanban/src/seed.ts',
        'services/kanban/src/pages/pages.migration.ts',
        'libs/runtime/src/consumers/feed.ts',
        'libs/runtime/src/config.ts',
      ],
      [],
    );
    expect([...folders]).toEqual([
      ['libs/runtime/src/commands', { mutated: [], leftOut: [] }],
      ['libs/runtime/src/consumers', { mutated: ['libs/runtime/src/consumers/feed.ts'], leftOut: [] }],
      ['gateway/src/live', { mutated: [], leftOut: [] }],
      ['services/kanban/src/board', { mutated: ['services/kanban/src/board/board.ts'], leftOut: [] }],
      ['services/kanban/src', { mutated: ['services/kanban/src/seed.ts'], leftOut: ['services/kanban/src/main.ts'] }],
      ['services/kanban/src/pages', { mutated: [], leftOut: ['services/kanban/src/pages/pages.migration.ts'] }],
    ]);
    expect(folderOf('libs/runtime/src/config.ts')).toBeUndefined();
    expect(['services/kanban/src/board', 'services/kanban/src', 'gateway/src/live'].map(projectOf)).toEqual([
      'services/kanban',
      'services/kanban',
      'gateway',
    ]);
  });

  it('are planted in nothing that its own specs show with servers alone', () => {
    const folder = 'services/swarm/src/leases';
    const specs = ['lease-table.int', 'scanner.int', 'heartbeats.int'].map((name) => `services/swarm/test/${name}.spec.ts`);
    const files = ['lease-table', 'scanner', 'share'].map((name) => `${folder}/${name}.ts`);
    const folders = mutatedFolders([...files, ...specs, `${folder}/scanner.spec.ts`], specs);
    expect(folders.get(folder)).toEqual({ mutated: files.slice(1), leftOut: files.slice(0, 1) });
  });

  it('are tried without the specs that start a server', () => {
    const slow = serverSpecs(filesOf(root), 'libs/runtime', root);
    expect(slow).toContain('libs/runtime/test/projector.int.spec.ts');
    expect(slow).toContain('libs/runtime/src/event-store/postgres/gaps.spec.ts');
    expect(slow).not.toContain('libs/runtime/src/consumers/feed.spec.ts');
  });
});
