import { kanbanCommands, newId } from '@agencyos/contracts';
import type { Commands, EventStore, RuntimeConfig } from '@agencyos/runtime';
import { describe, expect, it } from '@jest/globals';
import { operationsBoardId, releaseBoardId, seedBoards, seededBoards } from './seed.js';

const installationId = newId();
const [release, operations] = [releaseBoardId(installationId), operationsBoardId(installationId)];

/** Boards that are opened where these are open already, with the ids of their commands. */
async function seeded(...open: string[]): Promise<[boardId: string, commandId: string][]> {
  const executed: [string, string][] = [];
  const execute = async (_: string, { boardId }: { boardId: string }, { id }: { id: string }) =>
    void executed.push([boardId, id]);
  async function* read(stream: string) {
    if (open.some((boardId) => stream === `board-${boardId}`)) yield {};
  }
  await seedBoards({
    commands: { execute } as unknown as Commands,
    store: { read } as unknown as EventStore,
    config: { installationId } as RuntimeConfig,
  });
  return executed;
}

describe('the boards of a fresh installation', () => {
  it('are opened once, by whatever process and start: under the same ids', async () => {
    const first = await seeded();
    expect(first.map(([boardId]) => boardId)).toEqual([release, operations]);
    expect(await seeded()).toEqual(first);
    expect(new Set(first.flat()).size).toBe(4);
    expect(await seeded(release)).toEqual(first.slice(1));
    expect(await seeded(release, operations)).toEqual([]);
  });

  it('are one for work and one for incidents, which the commands accept', () => {
    const boards = seededBoards(installationId);
    expect(boards.map(({ key, purpose }) => [key, purpose])).toEqual([
      ['REL', 'work'],
      ['OPS', 'operations'],
    ]);
    for (const board of boards) {
      expect(kanbanCommands[0]!.types.OpenBoard.data.safeParse(board).error).toBeUndefined();
      expect(board.columns.map(({ category, rank, wipLimit }) => [category, rank, wipLimit])).toEqual([
        ['todo', 'a0', undefined],
        ['doing', 'a1', 8],
        ['review', 'a2', undefined],
        ['done', 'a3', undefined],
      ]);
      expect(new Set(board.columns.map(({ wipMode }) => wipMode))).toEqual(new Set(['warn']));
    }
  });

  it('are other ones in every installation', () =>
    expect(new Set([release, operations, releaseBoardId(newId()), operationsBoardId(newId())]).size).toBe(4));
});
