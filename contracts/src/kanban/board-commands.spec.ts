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

describe('the visibility of a board (fault 11)', () => {
  it('is refused in a sentence when nobody enforces it', () => {
    expect(open('members').error?.issues).toMatchObject([
      { path: ['visibility'], message: expect.stringContaining('must be all: boards have no members yet') },
    ]);
    expect(open('all').success).toBe(true);
  });
});
