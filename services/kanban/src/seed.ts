import { type BoardCommand, type Category, type Column, ids, text } from '@agencyos/contracts';
import type { Commands, EventStore, RuntimeConfig } from '@agencyos/runtime';

type OpenBoard = Extract<BoardCommand, { type: 'OpenBoard' }>;

export const releaseBoardId = (installationId: string): string => ids.seed(installationId, 'board/release');
export const operationsBoardId = (installationId: string): string => ids.seed(installationId, 'board/operations');

/** What a work in progress may hold before the board says that it is too much. */
const IN_PROGRESS_LIMIT = 8;
const COLUMNS: [name: string, category: Category][] = [
  ['Todo', 'todo'],
  ['In progress', 'doing'],
  ['Review', 'review'],
  ['Done', 'done'],
];

/** The boards of a fresh installation: one for the example's release check, one that incidents appear on. */
export const seededBoards = (installationId: string): OpenBoard['data'][] => [
  board(releaseBoardId(installationId), 'Release check', 'REL', 'work'),
  board(operationsBoardId(installationId), 'Operations', 'OPS', 'operations'),
];

function board(boardId: string, name: string, key: string, purpose: OpenBoard['data']['purpose']): OpenBoard['data'] {
  const columns = COLUMNS.map(([title, category], index): Column => ({
    columnId: ids.seed(boardId, `column/${category}`),
    name: text(title),
    category,
    rank: `a${index}`,
    wipMode: 'warn',
    perLane: false,
    ...(category === 'doing' && { wipLimit: IN_PROGRESS_LIMIT }),
  }));
  return { boardId, name: text(name), key, purpose, columns, laneBy: 'none', visibility: 'all' };
}

/** Opens them once: their ids follow from the installation's, so every process and start means the same boards. */
export async function seedBoards(runtime: { commands: Commands; store: EventStore; config: RuntimeConfig }): Promise<void> {
  for (const data of seededBoards(runtime.config.installationId)) {
    if (await exists(runtime.store, `board-${data.boardId}`)) continue;
    await runtime.commands.execute('OpenBoard', data, { id: ids.seed(data.boardId, 'open') });
  }
}

async function exists(store: EventStore, stream: string): Promise<boolean> {
  for await (const _ of store.read(stream)) return true;
  return false;
}
