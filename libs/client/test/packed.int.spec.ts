import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, newId } from '../src/index.js';
import { BreakableWay } from './support/breakable-way.js';
import { Program } from './support/program.js';
import { startSystem, type System } from './support/system.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');
const compiler = join(root, 'node_modules', 'typescript7', 'bin', 'tsc');
/** What an installation from a registry would fetch, packed from what is installed here. */
const packed = ['contracts', 'libs/client', 'node_modules/uuid', 'node_modules/zod'];

/** An empty project that has installed the packed client, and nothing of ours around it. */
let folder: string;
let system: System;
let way: BreakableWay;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-client-'));
  const starting = startSystem();
  const npm = (...args: string[]) =>
    run('npm', [...args, '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const { stdout } = await npm('pack', '--json', ...packed.map((project) => join(root, project)));
  const archives = (JSON.parse(stdout) as { filename: string }[]).map(({ filename }) => `./${filename}`);
  await npm('install', ...archives);
  system = await starting;
  way = await BreakableWay.open(system.url);
});
afterAll(async () => {
  await way?.close();
  await system?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** The program that the README's blocks are. */
async function readmeProgram(): Promise<string> {
  const readme = await readFile(join(root, 'libs/client/README.md'), 'utf8');
  return [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join('\n');
}

/** @returns what the compiler says of them, with nothing but the platform's types beside the packed ones */
async function compile(...names: string[]): Promise<string> {
  const options = ['--noEmit', '--strict', '--target', 'es2023', '--lib', 'es2023,dom', '--module', 'nodenext'];
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  const { stdout } = await run(process.execPath, [compiler, ...options, ...types, ...names], { cwd: folder }).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
}

/** Past the way that is cut. */
async function addThirdCard(): Promise<void> {
  const owner = new Client({ url: system.url, token: system.token });
  const boards = owner.watch('boards', 'all');
  const theirs = () => boards.list('board').find(({ key }) => key === 'RELEASE');
  await boards.until(() => theirs() !== undefined);
  const card = { cardId: newId(), title: 'Tell the world', priority: 'normal' as const, labels: [], assignees: [] };
  await owner.command('kanban', 'AddCards', { boardId: theirs()!.boardId, cards: [card] });
  owner.close();
}

describe('the packed client', () => {
  it('holds what its users need and nothing else', async () => {
    const inside = join(folder, 'node_modules/@agencyos');
    expect(existsSync(join(inside, 'client/dist/index.js'))).toBe(true);
    expect(existsSync(join(inside, 'client/README.md'))).toBe(true);
    for (const project of ['client', 'contracts'])
      for (const other of ['src', 'test', 'fixtures', 'corpus', 'released', 'dist/.tsbuildinfo', 'dist/index.js.map'])
        expect([project, other, existsSync(join(inside, project, other))]).toEqual([project, other, false]);
  });

  it('compiles its README, and no mistake', async () => {
    const mistakes = `import { Client, refusalOf } from '@agencyos/client';
      const client = new Client({ url: '' });
      // @ts-expect-error there is no such command
      await client.command('kanban', 'MoveCard', { boardId: 'b', cardIds: [], toColumnId: 'c' });
      // @ts-expect-error another context decides it
      await client.command('swarm', 'MoveCards', { boardId: 'b', cardIds: [], toColumnId: 'c' });
      // @ts-expect-error a field is missing
      await client.command('kanban', 'MoveCards', { boardId: 'b', cardIds: [] });
      // @ts-expect-error the board has no such rows
      client.watch('board', 'b').list('cards');
      // @ts-expect-error the command is never refused so
      refusalOf(undefined, 'MoveCards') === 'wip_limits';
    `;
    await writeFile(join(folder, 'mistakes.ts'), mistakes);
    await writeFile(join(folder, 'readme.ts'), await readmeProgram());
    expect(await compile('mistakes.ts', 'readme.ts')).toBe('');
  });

  it('runs its README: a command, a refusal, a view and its delta, and the view again after a cut', async () => {
    const watched = "client.connection.listen(({ event }) => console.log('frame', event));\n";
    const source = (await readmeProgram()).replace(/^const board = /m, `${watched}const board = `);
    await writeFile(join(folder, 'watched.ts'), source);
    const program = new Program(folder, 'watched.ts', { AGENCYOS_URL: way.url, AGENCYOS_TOKEN: system.token });

    await program.says('One at a time.', '2 cards');
    way.cut();
    await program.says('retrying');
    await addThirdCard();
    way.mend();
    await program.says('live', 'frame welcome', '3 cards', 'frame delta', 'idle');
    expect(await program.ended).toBe(0);
    expect(program.output.match(/^frame snapshot$/gm)).toHaveLength(1);
  });
});
