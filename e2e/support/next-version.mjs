// The next version of kanban, made from the present build while it is loaded: `node --import` this. It has a new command, a
// new event, a later schema of an old one, a column in a view and a migration, each as a developer would write them.
import { registerHooks } from 'node:module';

const level = Number(process.env.NEXT_LEVEL);

/** What stands in a compiled file, and what stands there instead. */
const CHANGES = {
  'contracts/dist/kanban/board-commands.js': [
    [
      /(defineCommands\('kanban', 'board', 'boardId', \{)/,
      `$1 NoteBoard: { permission: ['board:write'], refusals: [notFound], since: ${level},
        data: z.strictObject({ boardId: Id, note: limitedText(100) }) },`,
    ],
  ],
  'contracts/dist/kanban/board-events.js': [
    [/(CardArchived: z\.object\(\{ \.\.\.card,)/, '$1 note: Text.optional(),'],
    [
      /\}, \{ since: \{/,
      `BoardNoted: z.object({ ...board, note: Text }) }, {
        versions: { CardArchived: 2 },
        since: { BoardNoted: { 1: { level: ${level} } }, CardArchived: { 2: { level: ${level}, adds: ['note'] } },`,
    ],
  ],
  'services/kanban/dist/board/board.decider.js': [
    [/(switch \(command\.type\) \{)/, `$1 case 'NoteBoard': return [{ type: 'BoardNoted', data: command.data }];`],
    [
      'return archiveCards(command, board);',
      `return archiveCards(command, board).map((fact) => ({ ...fact, data: { ...fact.data, note: 'tidied' } }));`,
    ],
  ],
  'services/kanban/dist/board/evolve-board.js': [[/(switch \(event\.type\) \{)/, `$1 case 'BoardNoted': return board;`]],
  'services/kanban/dist/views/board.view.js': [
    ['...members, revision: fact.revision }', `...members, note: '', revision: fact.revision }`],
    [
      /(async ColumnAdded\()/,
      `async BoardNoted(fact, rows) {
        const page = await touched(fact, rows);
        page.put('board', { ...(await page.get('board')), note: fact.data.note });
      },
      $1`,
    ],
  ],
  'services/kanban/dist/main.js': [
    [
      "await runService('kanban', kanban, {",
      `class Notes1 {
        name = 'Notes1899000000000';
        up = (runner) => runner.query('CREATE TABLE note (board_id uuid PRIMARY KEY); ALTER TABLE view_row ADD COLUMN note text');
        down = () => undefined;
      }
      await runService('kanban', kanban, { migrations: [Notes1],`,
    ],
  ],
};

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const path = Object.keys(CHANGES).find((file) => url.endsWith(`/${file}`));
    return path ? { ...loaded, source: changed(path, String(loaded.source)) } : loaded;
  },
});

/** @throws Error where the present build has changed: then this has to follow */
function changed(path, source) {
  return CHANGES[path].reduce((text, [from, to]) => {
    const next = text.replace(from, to);
    if (next === text) throw new Error(`${path} no longer has ${from}`);
    return next;
  }, source);
}
