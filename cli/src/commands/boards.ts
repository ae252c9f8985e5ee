import { readBoards } from '../boards.js';
import type { Command } from '../command.js';
import { printable, table } from '../printer.js';

export const boardsCommand: Command = {
  usage: ['boards'],
  summary: 'list the boards, and how many cards are in their columns',
  details: 'A board is named by its key (REL) or its id, e.g. in `agencyos run FILE --board REL`.',
  words: 0,
  async run({ client, printer }) {
    const found = (await readBoards(client())).sort((a, b) => a.key.localeCompare(b.key));
    printer.data({ boards: found });
    const rows = found.map(({ boardId, key, name, purpose, columns }) => [
      ...[key, printable(name), purpose, boardId],
      columns.map((column) => `${printable(column.name)} ${column.count}`).join(', '),
    ]);
    for (const line of table(['KEY', 'NAME', 'PURPOSE', 'BOARD', 'CARDS'], rows)) printer.line(line);
    return 0;
  },
};
