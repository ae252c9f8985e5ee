import { readBoards } from '../boards.js';
import type { GatewayClient } from '../gateway-client.js';
import { printable, table, type Printer } from '../printer.js';

/** Lists the boards. @returns exit code */
export async function boards(client: GatewayClient, printer: Printer): Promise<number> {
  const found = (await readBoards(client)).sort((a, b) => a.key.localeCompare(b.key));
  printer.data({ boards: found });
  const rows = found.map(({ boardId, key, name, purpose, columns }) => [
    ...[key, printable(name), purpose, boardId],
    columns.map((column) => `${printable(column.name)} ${column.count}`).join(', '),
  ]);
  for (const line of table(['KEY', 'NAME', 'PURPOSE', 'BOARD', 'CARDS'], rows)) printer.line(line);
  return 0;
}
