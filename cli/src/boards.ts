import type { BoardSummaryRow } from '@agencyos/contracts';
import { CliProblem, Refused } from './cli-problem.js';
import type { GatewayClient } from './gateway-client.js';

export async function readBoards(client: GatewayClient): Promise<BoardSummaryRow[]> {
  return (await client.view('boards', 'all')).list('board');
}

/**
 * The board that a run's cards go to: the one that is named by id or key, else the first for work (by key).
 *
 * @returns undefined for `none`, and when nothing is named and there is no board for work
 * @throws CliProblem when there is no board of that name
 */
export async function boardFor(client: GatewayClient, named?: string): Promise<string | undefined> {
  if (named === 'none') return undefined;
  if (named === undefined) return (await workBoards(client))[0]?.boardId;
  const boards = await readBoards(client);
  const found = boards.find(({ boardId, key }) => boardId === named || key === named.toUpperCase());
  if (!found) throw new CliProblem(`There is no board ${named}: \`agencyos boards\` lists them.`);
  return found.boardId;
}

/** By key; none for a token that may start runs but not read boards. */
async function workBoards(client: GatewayClient): Promise<BoardSummaryRow[]> {
  const boards = await readBoards(client).catch((error: unknown) => {
    if (error instanceof Refused) return [];
    throw error;
  });
  return boards.filter(({ purpose }) => purpose === 'work').sort((a, b) => a.key.localeCompare(b.key));
}
