import { BOARD_ACCESS, type BoardAccess, type BoardSummaryRow, type UserNames } from '@agencyos/contracts';
import { readBoards } from '../boards.js';
import { CliProblem, usageProblem } from '../cli-problem.js';
import type { Call, Command } from '../command.js';
import type { GatewayClient } from '../gateway-client.js';
import { printable, table } from '../printer.js';

const ACCESS: readonly string[] = [...BOARD_ACCESS, 'none'];

/** Who sees a board. */
export const boardCommand: Command = {
  usage: ['board members BOARD', 'board member BOARD WHO view|edit|admin|none', 'board visibility BOARD all|members'],
  summary: 'say who sees a board: everybody, or its members alone',
  details: `BOARD is a key (REL) or an id, WHO a person's name, group:GROUP or role:ROLE. A board for its members alone is nobody
else's, with its runs, their tasks, logs and approvals; who is asked to approve sees the request. Whoever closes a board is
its first member. Programs that subscribe on NATS are not held back by it.

  agencyos board visibility REL members && agencyos board member REL group:release edit`,
  words: 4,
  async run(call) {
    const [verb, named, first, second = ''] = call.words;
    if (named === undefined) throw usageProblem('Which board?', 'board');
    const client = call.client();
    const board = await boardCalled(client, named);
    switch (verb) {
      case 'members':
        return members(call, client, board);
      case 'visibility':
        if (first !== 'all' && first !== 'members') throw usageProblem('`all` or `members`?', 'board');
        await client.command('kanban', 'ChangeBoard', { boardId: board.boardId, visibility: first });
        return told(call, board, first === 'all' ? `Everybody sees ${board.key}.` : `Only its members see ${board.key}.`);
      case 'member': {
        if (first === undefined || !ACCESS.includes(second)) throw usageProblem(`Who, and ${ACCESS.join(', ')}?`, 'board');
        const principal = await principalOf(client, first);
        await client.command('kanban', 'SetBoardMember', {
          ...{ boardId: board.boardId, principal, access: second as BoardAccess },
        });
        return told(
          call,
          board,
          second === 'none' ? `${first} is no member of ${board.key}.` : `${first} may ${second} ${board.key}.`,
        );
      }
      default:
        throw usageProblem('Members, member or visibility?', 'board');
    }
  },
};

/** An id is taken as it is: a board that lost its members can be given new ones by who does not see it. */
async function boardCalled(
  client: GatewayClient,
  named: string,
): Promise<Pick<BoardSummaryRow, 'boardId' | 'key' | 'members' | 'visibility'>> {
  const found = (await readBoards(client)).find(({ boardId, key }) => boardId === named || key === named.toUpperCase());
  if (found) return found;
  if (/^[0-9a-f-]{36}$/.test(named)) return { boardId: named, key: named };
  throw new CliProblem(`There is no board ${printable(named)}: \`agencyos boards\` lists them.`);
}

async function principalOf(client: GatewayClient, who: string): Promise<string> {
  if (who.includes(':')) return who;
  const { users } = await client.get<UserNames>('/api/v1/users');
  const found = users.find(({ name }) => name === who.toLowerCase());
  if (!found) throw new CliProblem(`There is nobody called ${printable(who)}.`);
  return `user:${found.userId}`;
}

async function members(call: Call, client: GatewayClient, board: Awaited<ReturnType<typeof boardCalled>>): Promise<number> {
  const { users } = await client.get<UserNames>('/api/v1/users');
  const names = new Map(users.map(({ userId, name }) => [`user:${userId}`, name]));
  const all = Object.entries(board.members ?? {});
  call.printer.data({ boardId: board.boardId, visibility: board.visibility ?? 'all', members: board.members ?? {} });
  call.printer.line(board.visibility === 'members' ? 'Only its members see it.' : 'Everybody sees it.');
  const rows = all.map(([principal, access]) => [names.get(principal) ?? principal, access]);
  for (const line of table(['MEMBER', 'MAY'], rows)) call.printer.line(line);
  return 0;
}

function told({ printer }: Call, { boardId }: { boardId: string }, words: string): number {
  printer.data({ boardId });
  printer.line(words);
  return 0;
}
