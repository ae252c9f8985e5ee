import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeNew } from '../../scripts/new/make-new.mjs';
import { CopiedSources } from './copied-sources.js';

const FIELDS = ['columnId:id', 'name:text:100', 'why?:text'];
const RENAME = ['command', 'board', 'RenameColumn', ...FIELDS, '--event', 'ColumnRenamed', '--refuses', 'unknown_column'];
const MARK = ['command', 'board', 'MarkIt', '--event', 'ItMarked'];

let copy: CopiedSources;
const text = (path: string) => readFileSync(join(copy.root, path), 'utf8');
const everything = () =>
  readdirSync(copy.root, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile() && !/\/(node_modules|dist)(\/|$)/.test(one.parentPath))
    .map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'utf8')]);
const make = (...args: string[]) => makeNew(copy.root, args);

beforeAll(async () => {
  copy = await CopiedSources.create('contracts/src', 'contracts/fixtures', 'services', 'gateway/src', '.prettierrc.json');
});
afterAll(() => copy.remove());

describe('npm run new -- command', () => {
  let made: Awaited<ReturnType<typeof make>>;
  beforeAll(async () => {
    made = await make(...RENAME);
  });

  it('writes contracts, fixture, decision, spec, fold and view handlers, and says where something is left to decide', () => {
    const { created, changed, left, next } = made;
    expect(created).toEqual([
      'contracts/fixtures/kanban/ColumnRenamed.v1.json',
      'services/kanban/src/board/rename-column.ts',
      'services/kanban/src/board/rename-column.spec.ts',
    ]);
    expect(changed).toHaveLength(6);
    expect(text('contracts/src/kanban/board-commands.ts')).toContain(`  RenameColumn: {
    permission: ['board:write'],
    refusals: [notFound, unknownColumn],
    data: z.strictObject({ boardId: Id, columnId: Id, name: limitedText(100), why: limitedText().optional() }),
  },
});`);
    expect(text('contracts/src/kanban/board-events.ts')).toContain(
      'ColumnRenamed: z.object({ boardId: Id, columnId: Id, name: Text, why: Text.optional() }),',
    );
    expect(text('services/kanban/src/board/board.decider.ts')).toContain('return renameColumn(command, board);');
    for (const { place } of left) {
      const [path, line] = place.split(':') as [string, string];
      expect(text(path).split('\n')[Number(line) - 1]).toMatch(/ColumnRenamed|renameColumn|so already/);
    }
    expect(left).toHaveLength(5);
    expect(next.join()).toContain('npm run generate');
  });

  it('takes ids for the fixture from the aggregate as it begins, so that they mean something there', () => {
    const read = (name: string) => JSON.parse(text(`contracts/fixtures/kanban/${name}.v1.json`)) as { data: Board };
    type Board = { boardId: string; columnId: string; columns: { columnId: string }[] };
    const { boardId, columns } = read('BoardOpened').data;
    expect(read('ColumnRenamed').data).toMatchObject({ boardId, columnId: columns[0]!.columnId, name: 'The name' });
  });

  it.each([
    ['a decision in a table', 'run', 'services/swarm/src/run/run.decider.ts', 'MarkRun: markRun,'],
    ['no switch', 'agent', 'services/swarm/src/agent/agent.decider.ts', "if (event.type === 'MarkAgented') return agent;"],
    [
      'its fold elsewhere',
      'approval',
      'services/approvals/src/approval/approval.ts',
      "case 'MarkApprovaled':\n      return approval;",
    ],
    ['no id', 'directory', 'contracts/src/identity/directory-commands.ts', 'data: z.strictObject({ count: Int }),'],
  ])('finds its place in an aggregate with %s', async (_, aggregate, path, expected) => {
    const name = `Mark${aggregate[0]!.toUpperCase()}${aggregate.slice(1)}`;
    await make('command', aggregate, name, 'count:int', '--event', `${name}ed`);
    expect(text(path)).toContain(expected);
  });

  it.each([
    [['command', 'boards', 'MarkIt', '--event', 'ItMarked'], /no aggregate "boards". There are .*board \(of kanban\)/],
    [['command', 'board', 'markIt', '--event', 'ItMarked'], /a name such as RenameColumn/],
    [['command', 'board', 'MoveCards', '--event', 'ItMarked'], /a command MoveCards already/],
    [['event', 'board', 'CardMoved'], /a CardMoved already/],
    [['command', 'board', 'MarkIt', '--event', 'TaskFailed'], /a TaskFailed already/],
    [['view', 'run-list', '--of', 'board'], /a view run-list already/],
    [['service', 'budget', 'run'], /an aggregate run already/],
    [['event', 'board', 'ItMarked', 'name:string'], /"name:string" is no field/],
    [[...MARK, '--refuses', 'too_late'], /No refusal has the code too_late/],
    [[...MARK, '--permission', 'board:rename'], /no permission board:rename/],
    [['command', 'healing', 'MarkIt', '--event', 'ItMarked'], /takes its command or state apart: give it a name/],
    [['colour', 'board'], /npm run new -- command AGGREGATE NAME/],
  ])('writes nothing for %j, and says why', async (args, why) => {
    const before = everything();
    await expect(make(...args)).rejects.toThrow(why);
    expect(everything()).toEqual(before);
  });
});

describe('after a release that has a level', () => {
  it('what is new says from which one on it is written and offered', async () => {
    const released = join(copy.root, 'contracts/released');
    mkdirSync(released, { recursive: true });
    for (const [version, level] of Object.entries({ '0.9.0': 3, '0.10.0': 4 }))
      writeFileSync(join(released, `${version}.json`), JSON.stringify({ version, level }));
    await make('command', 'board', 'TagBoard', 'tag:text', '--event', 'BoardTagged');
    expect(text('contracts/src/kanban/board-commands.ts')).toMatch(/TagBoard: \{[^}]*\n {4}since: 5,\n {4}data/);
    await make('event', 'board', 'BoardShown', 'tag:text');
    expect(text('contracts/src/kanban/board-events.ts')).toMatch(
      /since: \{.*BoardTagged: \{ 1: \{ level: 5 \} \},\s+BoardShown: \{ 1: \{ level: 5 \} \},?\s+\}/s,
    );
    await make('event', 'agent', 'AgentPaused', 'tag:text');
    expect(text('contracts/src/swarm/agent-events.ts')).toContain('{ since: { AgentPaused: { 1: { level: 5 } } } }');
    await make('service', 'ledger', 'entry');
    expect(text('contracts/src/ledger/entry-commands.ts')).toContain('since: 5,');
    expect(text('contracts/src/ledger/entry-events.ts')).toMatch(/\{ since: \{ \w+: \{ 1: \{ level: 5 \} \} \} \}/);
  });
});
