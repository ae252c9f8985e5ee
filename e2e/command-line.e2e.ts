import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ids, newId } from '@agencyos/contracts';
import { PASSWORD, type Api } from './support/api.js';
import { generateRepository } from './support/repository.js';
import { approveGate, firstRun, runState, runWorkflow, task } from './support/runs.js';
import { System } from './support/system.js';
import { atTerminal } from './support/terminal.js';
import { until } from './support/until.js';

const root = join(import.meta.dirname, '..');

let repository: string;
let system: System;
let api: Api;
let folder: string;
let setupSecret: string;

beforeAll(async () => {
  repository = await generateRepository({ breaking: false });
  system = await System.start({ repository });
  api = await system.api();
  folder = join(system.dataDir, '..');
  setupSecret = (await system.setupUrl()).split('#')[1]!;
  const { runId } = await firstRun(api);
  await approveGate(api, runId);
  await runState(api, runId, 'succeeded');
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  await writeFile(join(folder, 'hello.yaml'), /```yaml\n([\s\S]*?)```/.exec(readme)![1]!);
});

afterAll(async () => {
  await system?.discard();
  await rm(repository, { recursive: true, force: true });
});

const programOf = (argv: string[]) => [process.execPath, join(root, 'cli/bin/agencyos.mjs'), ...argv];
const placeOf = (env: NodeJS.ProcessEnv = {}) => ({
  cwd: folder,
  env: { ...process.env, NODE_OPTIONS: '', AGENCYOS_DATA_DIR: system.dataDir, ...env },
});

/** The real command line, in a folder of its own; `said` grows while it runs. */
function agencyos(argv: string[], env: NodeJS.ProcessEnv = {}) {
  const [program, ...rest] = programOf(argv) as [string];
  const child = spawn(program, rest, placeOf(env));
  const run = { said: '', exit: once(child, 'exit').then(([code]) => code as number | null) };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (run.said += bytes.toString()));
  return run;
}

const answerOf = (...argv: string[]) => answerWith({}, ...argv);

async function answerWith(env: NodeJS.ProcessEnv, ...argv: string[]): Promise<{ code: number | null; said: string }> {
  const run = agencyos(argv, env);
  return { code: await run.exit, said: run.said };
}

describe("the readme's own workflow", () => {
  let run: ReturnType<typeof agencyos>;
  let approvalId: string;
  let runId: string;

  it('starts, and waits at its gate', async () => {
    run = agencyos(['run', 'hello.yaml', '--input', 'name=world', '--wait']);
    runId = (await until('the run is started', () => /Started run (\S+)/.exec(run.said)?.[1])) as string;
    const listed = await until(
      'the gate waits',
      () => answerOf('approve'),
      ({ said }) => said.includes('Publish greeting'),
    );
    expect(listed.code).toBe(0);
    const line = listed.said.split('\n').find((text) => text.includes('Publish greeting'))!;
    expect(line).toMatch(/^\S{36}  Publish greeting +greeting +\w+ +sha256:[0-9a-f]{64}$/);
    approvalId = line.split(' ')[0]!;
  });

  it('shows its cards on the board for work, the gate in Review', async () => {
    const boards = await answerOf('boards', '--json');
    const { boardId } = (JSON.parse(boards.said) as { boards: { boardId: string; key: string }[] }).boards.find(
      ({ key }) => key === 'REL',
    )!;
    const states = async () =>
      Object.values(await api.view('board', boardId))
        .filter((row) => (row['source'] as { runId?: string } | undefined)?.runId === runId)
        .map((row) => `${String(row['title'])}: ${String(row['category'])}`)
        .sort();
    await until('three cards', states, (cards) => cards.join() === 'Greet: done,Publish the greeting?: review,Publish: todo');
  });

  it('binds the approval to what the guarded step will do', async () => {
    const shown = await answerOf('show', approvalId.slice(0, 8));
    expect(shown.said).toMatch(/One greeting goes out\.[\s\S]*everyone[\s\S]*guarded[\s\S]*console\.log\('published'\)/);
    expect(shown.code).toBe(0);
  });

  it('is approved by a person, or by a token of theirs, never by the data folder alone', async () => {
    const digest = /sha256:[0-9a-f]{64}/.exec((await answerOf('show', approvalId)).said)![0];
    const alone = await answerOf('approve', approvalId, '--yes', '--digest', digest);
    expect(alone).toMatchObject({ code: 1, said: expect.stringContaining('needs you in person') });
    // For a script, made by a person at a terminal (fault 37).
    await api.inPerson();
    const rights = ['--may', 'approval:read', '--may', 'approval:vote', '--days', '1'];
    const asked: [string, string][] = [
      ['Name [admin]: ', ''],
      ['Password of admin: ', PASSWORD],
    ];
    const made = await atTerminal(programOf(['token', 'release-bot', ...rights]), asked, placeOf());
    expect(made.code).toBe(0);
    const person = { AGENCYOS_TOKEN: made.said.trim().split('\n').at(-1)!, AGENCYOS_URL: system.url };
    const other = await answerWith(person, 'approve', approvalId, '--yes', '--digest', digest.replace(/.$/, 'x'));
    expect(other).toMatchObject({ code: 1, said: expect.stringContaining('read it again') });
    const approved = await answerWith(person, 'approve', approvalId, '--yes', '--digest', digest);
    expect(approved).toMatchObject({ code: 0, said: expect.stringContaining('Approved.') });
  });

  it('ends well once it is approved', async () => {
    expect(await run.exit).toBe(0);
    expect(run.said).toMatch(/Greet[\s\S]*Publish the greeting\?: approved[\s\S]*Run succeeded/);
    // A line is shown live to whoever listens by then; the last ones are in the output of the task.
    expect(await api.row('run', runId, 'task/greet')).toMatchObject({ output: { value: { lastLines: ['hello world'] } } });
    expect(await answerOf('approve')).toEqual({ code: 0, said: 'Nothing waits for a decision.\n' });
    expect((await answerOf('approve', approvalId)).code).toBe(1);
  });

  it('is in the overview, and told of task by task', async () => {
    const overview = await until(
      'every service is well',
      () => answerOf('status'),
      ({ said }) => /^Services: \d+ healthy\n/.test(said),
    );
    expect(overview).toMatchObject({ code: 0, said: expect.stringMatching(new RegExp(`${runId} +Hello +succeeded +3/3`)) });
    const one = await answerOf('status', runId);
    expect(one.code).toBe(0);
    expect(overview.said).toMatch(new RegExp(`^kanban +${await system.pidOf('kanban')} +ready +0$`, 'm'));
    for (const taskId of ['greet', 'approve', 'publish']) expect(one.said).toMatch(new RegExp(`^${taskId} +succeeded`, 'm'));
  });

  it('left nothing parked', async () => {
    expect(await answerOf('parked')).toEqual({ code: 0, said: 'Nothing is parked.\n' });
  });
});

describe('the tutorial', () => {
  /** In the order of the page: what is saved, and what is typed after `npm start`. */
  async function steps(): Promise<{ file?: string; line: string }[]> {
    const page = await readFile(join(root, 'docs/tutorial/first-workflow.md'), 'utf8');
    const blocks = [...page.matchAll(/^```(sh|yaml)\n([\s\S]*?)^```/gm)].map(([, language, text]) => ({ language, text: text! }));
    return blocks.flatMap(({ language, text }) =>
      language === 'yaml'
        ? [{ file: /^# (\S+)/.exec(text)![1]!, line: text }]
        : text
            .split('\n')
            .filter((line) => line && line !== 'npm start')
            .map((line) => ({ line })),
    );
  }

  it('is done as it stands there, to its end', async () => {
    const typed: string[] = [];
    let run = '';
    let approval = '';
    await api.inPerson();
    for (const { file, line } of await steps()) {
      if (file) {
        await writeFile(join(folder, file), line);
        continue;
      }
      typed.push(line);
      const words = line.replace(/^npx agencyos /, '').match(/'[^']*'|\S+/g)!;
      const argv = words.map((word) => ({ RUN: run, ID: approval })[word] ?? word.replaceAll("'", ''));
      if (line.endsWith('approve ID')) {
        const answers: [string, string][] = [
          ['(yes/no) ', 'yes'],
          ['Name [admin]: ', ''],
          ['Password of admin: ', PASSWORD],
        ];
        expect(await atTerminal(programOf(argv), answers, placeOf())).toMatchObject({ code: 0 });
        await runState(api, run, 'succeeded');
        continue;
      }
      const { code, said } = await until(
        line,
        () => answerOf(...argv),
        // The gate is reached a moment after the run was started.
        (answer) => !line.endsWith(' approve') || answer.said.includes('Publish report'),
      );
      expect([line, code, said]).toEqual([line, 0, expect.any(String)]);
      run = /Started run (\S+?)\.?\s/.exec(said)?.[1] ?? run;
      if (line.endsWith(' approve'))
        approval = said
          .split('\n')
          .find((one) => one.includes('Publish report'))!
          .slice(0, 8);
      if (line.endsWith('logs RUN count')) expect(said).toContain('6 words');
      if (line.endsWith('show ID')) expect(said).toMatch(/The report goes to everybody\.[\s\S]*readFileSync/);
      if (line.endsWith('logs RUN publish')) expect(said).toContain('published: 6 words');
    }
    expect(typed.length).toBe(8);
    const broken = (await readFile(join(folder, 'count.yaml'), 'utf8')).replace('needs:', 'neds:');
    await writeFile(join(folder, 'broken.yaml'), broken);
    const refused = await answerOf('run', 'broken.yaml', '--input', 'text=a');
    expect([refused.code, refused.said]).toEqual([1, expect.stringMatching(/neds/)]);
  });
});

describe('the documentation of a running product', () => {
  it('is shown to whoever reaches it, at the address that the index names', async () => {
    const page = await fetch(`${system.url}/docs/tutorial/first-workflow`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<h1 id="your-first-workflow">')]);
  });
});

describe('what a person does to what runs', () => {
  it('restarts one process by its name (fault 19)', async () => {
    const before = await system.pidOf('kanban');
    expect(await answerOf('restart', 'kanban')).toEqual({ code: 0, said: 'kanban is ready again.\n' });
    expect(await system.pidOf('kanban')).not.toBe(before);
    expect((await answerOf('restart', 'nothing')).said).toContain('There is no process nothing');
  });

  it('cancels a task that is ready by dragging its card to Cancelled (fault 21)', async () => {
    const [boardId, todo, cancelled] = [newId(), newId(), newId()];
    const column = (columnId: string, name: string, category: string, rank: string) => ({
      columnId,
      name,
      category,
      rank,
      wipMode: 'warn',
      perLane: false,
    });
    const columns = [column(todo, 'Todo', 'todo', 'a0'), column(cancelled, 'Cancelled', 'cancelled', 'a1')];
    const board = { boardId, name: 'Dragged', key: 'DRA', purpose: 'work', columns, laneBy: 'none', visibility: 'all' };
    expect(await api.command('kanban', 'OpenBoard', board)).toMatchObject({ status: 200 });
    const waits =
      'workflow: waits\ntitle: Waits\ntasks:\n  - { id: first, role: check, run: [node, -e, "0"] }\n  - { id: waits, role: nobody-has, needs: [first] }\n';
    const runId = await runWorkflow(api, 'waits', waits, {}, boardId);
    // It became ready after its card was made, and its card has not moved since: that once was `stale_revision`.
    await until(
      'it is ready',
      () => task(api, runId, 'waits'),
      (row) => row?.state === 'ready',
    );
    const cardIds = [ids.taskCard(runId, 'waits')];
    const moved = await api.commandUntilAnswered('kanban', 'MoveCards', { boardId, cardIds, toColumnId: cancelled });
    expect(moved).toMatchObject({ status: 200 });
    await until(
      'its card stands in Cancelled',
      () => api.row('board', boardId, `card/${cardIds[0]}`),
      (card) => (card as { category?: string } | undefined)?.category === 'cancelled',
    );
    await until(
      'its task is cancelled',
      () => task(api, runId, 'waits'),
      (row) => row?.state === 'cancelled',
    );
  });
});

describe('an output that is too large for an event', () => {
  const LARGE = `workflow: large
title: Large
cards: none
tasks:
  - id: large
    title: Writes much
    role: check
    run: [node, -e, "require('node:fs').writeFileSync(process.env.AGENCYOS_RESULT, JSON.stringify({ output: { lines: Array(20000).fill('a line') } }))"]
`;

  it('is in the content store, and the task has the reference', async () => {
    await writeFile(join(folder, 'large.yaml'), LARGE);
    const run = await answerOf('run', 'large.yaml', '--wait', '--json');
    expect(run.code).toBe(0);
    const { runId } = JSON.parse(run.said.split('\n')[0]!) as { runId: string };
    const row = await api.row<{ output: { content: { digest: string; bytes: number } } }>('run', runId, 'task/large');
    const { digest, bytes } = row!.output.content;
    const content = await (await api.fetch(`/api/v1/content/${digest}`)).text();
    expect(content.length).toBe(bytes);
    expect((JSON.parse(content) as { lines: string[] }).lines).toHaveLength(20_000);
  });
});

describe('the set-up link, once it was used (fault 37)', () => {
  it('says what helps, and that helps', async () => {
    const login = (password: string) =>
      fetch(`${system.url}/api/v1/login/token`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ name: 'admin', password }),
      }).then(({ status }) => status);
    const used = await api.fetch('/api/v1/setup', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token: setupSecret, password: PASSWORD }),
    });
    expect([used.status, await used.json()]).toMatchObject([
      409,
      { detail: expect.stringContaining('Log in with it; `agencyos reset-password` on the machine') },
    ]);
    expect(await login(PASSWORD)).toBe(200);
    const other = 'another password for this test';
    const asked: [string, string][] = [
      ['New password of admin: ', other],
      ['Once more: ', other],
    ];
    const reset = await atTerminal(programOf(['reset-password']), asked, placeOf());
    expect(reset).toMatchObject({ code: 0, said: expect.stringContaining('admin has a new password') });
    expect([await login(PASSWORD), await login(other)]).toEqual([401, 200]);
  });
});
