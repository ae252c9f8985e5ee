import { describe, expect, it } from '@jest/globals';
import { newId } from '../core/new-id.js';
import { boardCommands } from './board-commands.js';

const open = (visibility: string) =>
  boardCommands.types.OpenBoard.data.safeParse({
    boardId: newId(),
    name: 'Release',
    key: 'REL',
    purpose: 'work',
    columns: [{ columnId: newId(), name: 'Todo', category: 'todo', rank: 'a0', wipMode: 'warn', perLane: false }],
    laneBy: 'none',
    visibility,
  });

describe('the visibility of a board', () => {
  it('is everybody’s or its members’', () => {
    expect(['all', 'members', 'none'].map((visibility) => open(visibility).success)).toEqual([true, true, false]);
  });
});
