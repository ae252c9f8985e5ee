import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@agencyos/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { commands } from '../src/commands/index.js';
import { program } from '../src/index.js';
import { agencyos, commandLine, here, run } from './command-line.js';
import { GatewayDouble, problem } from './gateway-double.js';

commandLine();
const jsonLines = () =>
  here.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
describe('agencyos run', () => {
  it('publishes the file, starts it with its input and follows it to its end', async () => {
    here.gateway.accepted = ({ type, data }) => {
      if (type !== 'StartRun') return;
      const runId = data['runId'] as string;
      here.gateway.put(`run/${runId}`, run(runId, 'running'));
      here.gateway.put(`run/${runId}`, run(runId, 'succeeded'));
    };
    expect(await agencyos('run', join(here.folder, 'check.yaml'), '--input', 'path=/x', '--input', 'n:=3', '--wait')).toBe(0);
    const [publish, start] = here.gateway.commands;
    expect(publish).toMatchObject({
      type: 'PublishWorkflow',
      data: { workflowId: 'check', digest: expect.stringMatching(/^sha256:/) },
    });
    expect(start).toMatchObject({
      type: 'StartRun',
      data: { input: { value: { path: '/x', n: 3 } }, cause: { kind: 'manual' } },
    });
    // Somebody else's file may have got the same name meanwhile (fault 24).
    expect(start?.data['digest']).toBe(publish?.data['digest']);
    expect(here.output).toMatch(/Started run \S+ of check: http:\S+\/runs\/\S+\n[\s\S]*Check runs[\s\S]*Run succeeded/);
  });

  it('says which roles nobody has: when it publishes, and while a task waits for one (fault 25)', async () => {
    here.gateway.put('agents/all', { 'agent/w': { agentId: 'w', roles: ['check'] } });
    here.gateway.accepted = ({ type, data }) => {
      if (type === 'PublishWorkflow') {
        const { digest } = data;
        here.gateway.put('workflows/all', {
          'workflow/check': { digest, roles: ['check', 'human', 'nobody'] },
        });
        return;
      }
      const runId = data['runId'] as string;
      const waits = {
        taskId: 'a',
        title: 'Deploy',
        kind: 'task',
        state: 'ready',
        attempt: 1,
        role: 'nobody',
      };
      const task = { ...waits, attempts: [], handoffs: [], needs: [] };
      here.gateway.put(`run/${runId}`, { ...run(runId, 'running'), 'task/a': task });
      const told = setInterval(() => {
        if (!here.output.includes('waits for an agent')) return;
        clearInterval(told);
        here.gateway.put(`run/${runId}`, run(runId, 'succeeded'));
      }, 10);
    };
    expect(await agencyos('run', join(here.folder, 'check.yaml'), '--wait')).toBe(0);
    expect(here.output.match(/No agent with role (\w+)/g)).toEqual(['No agent with role nobody']);
    expect(here.output).toMatch(/Deploy waits for an agent with role nobody: none is registered/);
  });

  it('ends with 1 when the run fails, and speaks JSON when asked', async () => {
    here.gateway.accepted = ({ type, data }) =>
      type === 'StartRun' && here.gateway.put(`run/${String(data['runId'])}`, run('r', 'failed'));
    expect(await agencyos('run', join(here.folder, 'check.yaml'), '--wait', '--json')).toBe(1);
    expect(jsonLines().at(-1)).toMatchObject({ state: 'failed' });
  });

  it('repeats a command through an outage under its first id', async () => {
    let outages = 0;
    const ids = new Set<string>();
    here.gateway.accepted = ({ id }) => ids.add(id);
    here.gateway.intercept = (request) => {
      if (!request.includes('PublishWorkflow')) return undefined;
      outages += 1;
      return ['drop' as const, problem(503, 'busy'), problem(409, 'in_flight')][outages - 1];
    };
    expect(await agencyos('run', join(here.folder, 'check.yaml'))).toBe(0);
    expect(outages).toBe(4);
    expect(ids.size).toBe(2); // one for each command
  });

  describe('its board', () => {
    const board = (boardId: string, key: string, purpose: string) => ({
      [`board/${boardId}`]: { boardId, key, name: key, purpose, columns: [{ name: 'Todo', count: 2 }] },
    });
    beforeEach(() =>
      here.gateway.put('boards/all', {
        ...board('b1', 'AAA', 'operations'),
        ...board('b2', 'REL', 'work'),
        ...board('b3', 'WEB', 'work'),
      }),
    );

    it.each([
      [[], 'b2'],
      [['--board', 'web'], 'b3'],
      [['--board', 'b1'], 'b1'],
      [['--board', 'none'], undefined],
    ])('with %j is %s', async (more, boardId) => {
      expect(await agencyos('run', join(here.folder, 'check.yaml'), ...more)).toBe(0);
      expect(here.gateway.commands.at(-1)!.data['boardId']).toBe(boardId);
    });

    it('has to exist', async () => {
      await expect(agencyos('run', join(here.folder, 'check.yaml'), '--board', 'XYZ')).rejects.toThrow(/no board XYZ/);
      expect(here.gateway.commands).toEqual([]);
    });

    it('is listed', async () => {
      expect(await agencyos('boards')).toBe(0);
      expect(here.output).toMatch(/KEY[\s\S]*AAA +AAA +operations +b1 +Todo 2[\s\S]*REL[\s\S]*WEB/);
    });
  });

  it('shows where a file is wrong', async () => {
    const problems = [{ code: 'cycle', message: 'cycle: a → b → a', path: 'tasks.0', line: 7, column: 5 }];
    here.gateway.intercept = (request) =>
      request.includes('PublishWorkflow')
        ? problem(422, 'definition_invalid', { detail: 'The file is wrong.', problems })
        : undefined;
    await expect(agencyos('run', join(here.folder, 'check.yaml'))).rejects.toThrow(
      'The file is wrong. (definition_invalid)\n  line 7, column 5: cycle: a → b → a',
    );
  });

  it.each([['workflow: Node.js CI\ntitle: 2024\ntasks: []\n'], ['title: No name\ntasks: []\n']])(
    'leaves a wrong name to whoever tells all mistakes at once (fault 37): %j',
    async (text) => {
      writeFileSync(join(here.folder, 'check.yaml'), text);
      const problems = ['workflow: wants another name', 'title: a text is wanted'].map((message) => ({ message, line: 1 }));
      here.gateway.intercept = (request) =>
        request.includes('PublishWorkflow') ? problem(422, 'definition_invalid', { detail: 'Wrong.', problems }) : undefined;
      await expect(agencyos('run', join(here.folder, 'check.yaml'))).rejects.toThrow(
        'Wrong. (definition_invalid)\n  line 1: workflow: wants another name\n  line 1: title: a text is wanted',
      );
    },
  );

  it.each([
    [['run'], /Which workflow file/],
    [['run', '/no/such/file'], /There is no file/],
    [['run', 'url'], /no workflow file/],
    [['run', 'check.yaml', '--input', 'x'], /name=text/],
    [['run', 'check.yaml', '--input', 'x:={'], /not JSON/],
    // What would be sent as another value (faults 1, 2 and 3).
    [['run', 'check.yaml', '--input', 'x:=[1e400]'], /0 must be a number/],
    [['run', 'check.yaml', '--input', 'x:={"a":9007199254740993}'], /a must be a number/],
    [['run', 'check.yaml', '--input', String.raw`x:="\ud83d"`], /half of a surrogate pair/],
    [['run', 'check.yaml', 'more'], /one word too many/],
    [['run', '--no-such-option'], /no-such-option/],
    [['fly'], /no command "fly"/],
    [['reject'], /Which approval/],
    [['approve', 'x', '--yes'], /belong together/],
    [['token', 'bot', '--may', 'fly'], /no permission "fly"/],
    [['token', 'bot', '--may', 'board:read', '--days', '91'], /from 1 to 90/],
    [['boards', 'REL'], /one word too many/],
    [['parked', 'undo'], /not understood/],
    [['demo', '--timeout', '-1'], /timeout/],
  ])('says what is wrong with %j', async (argv, message) => {
    const words = argv.map((word) => (word === 'url' || word === 'check.yaml' ? join(here.folder, word) : word));
    await expect(agencyos(...words)).rejects.toThrow(message);
    expect(here.gateway.commands).toEqual([]);
  });

  it('says what to do when nobody may answer or nobody does', async () => {
    writeFileSync(join(here.folder, 'cli-token'), 'stale');
    await expect(agencyos('parked')).rejects.toThrow(/token is not valid/);
  });
});

describe('following', () => {
  it('asks again after a lost message and comes back after a lost connection', async () => {
    const started = new Promise<string>((resolve) => {
      here.gateway.accepted = ({ type, data }) => type === 'StartRun' && resolve(data['runId'] as string);
    });
    const exit = agencyos('run', join(here.folder, 'check.yaml'), '--wait');
    const runId = await started;
    const view = `run/${runId}`;
    const subscribed = (times: number) => until(() => here.gateway.subscriptions.filter((name) => name === view).length >= times);
    await subscribed(1); // the view is not there yet
    here.gateway.put(view, run(runId, 'running'));
    await subscribed(2);
    here.gateway.put(view, { 'task/a': { taskId: 'a', title: 'Lost', state: 'skipped', attempts: [], handoffs: [] } }, true);
    here.gateway.put(view, {
      'task/b': { taskId: 'b', title: 'Seen', state: 'skipped', attempts: [], handoffs: [] },
    });
    await subscribed(3);
    here.gateway.dropSockets();
    await subscribed(4);
    here.gateway.tell('live', {
      kind: 'task',
      id: runId,
      data: { taskId: 'a', attempt: 1, line: 'a \u001b[31mline' },
    });
    here.gateway.put(view, run(runId, 'succeeded'));
    expect(await exit).toBe(0);
    expect(here.output).toContain('Lost: skipped');
    expect(here.output).toContain('Seen: skipped');
    expect(here.output).toContain('a: a [31mline');
  });
});

describe('agencyos logs (fault 30)', () => {
  const task = (state: string, outcome: string) => ({
    'task/lint': {
      ...{ taskId: 'lint', title: 'Lint', kind: 'task', state, attempt: 2, handoffs: [] },
      attempts: [
        { attempt: 1, role: 'check', outcome: 'failed' },
        { attempt: 2, role: 'check', outcome },
      ],
    },
  });
  /** Answers with these pages of the log, in turn. */
  const pages = (...answers: object[]) => {
    here.gateway.put('run-list/all', { 'run/run-0001': { runId: 'run-0001' } });
    here.gateway.intercept = (request) =>
      request.startsWith('GET runs/run-0001/log')
        ? { status: 200, body: { lines: [], cursor: '', more: false, running: false, ...answers.shift() } }
        : undefined;
  };

  it('prints the last attempt of a task, page by page', async () => {
    here.gateway.put('run/run-0001', { ...run('run-0001', 'running'), ...task('succeeded', 'succeeded') });
    pages({ lines: ['one', '\u001b[31mtwo'], cursor: '2.5', more: true }, { lines: ['three'], cursor: '3.6' });
    expect(await agencyos('logs', 'run-0001', 'lint')).toBe(0);
    expect(here.output).toBe('one\n[31mtwo\nthree\n');
    const asked = here.gateway.requests.filter((request) => request.includes('/log?'));
    expect(asked).toEqual(['GET runs/run-0001/log?task=lint&attempt=2', 'GET runs/run-0001/log?task=lint&attempt=2&cursor=2.5']);
  });

  it('follows it to its end', async () => {
    here.gateway.put('run/run-0001', { ...run('run-0001', 'running'), ...task('leased', 'running') });
    pages({ lines: ['one'], cursor: '1.5', running: true }, { lines: ['two'], cursor: '2.6' });
    const followed = agencyos('logs', '0001', 'lint', '-f');
    await until(() => here.output.includes('one'));
    here.gateway.put('run/run-0001', task('succeeded', 'succeeded'));
    expect(await followed).toBe(0);
    expect(here.output).toBe('one\ntwo\n');
  });

  it('prints every attempt of a run behind its task', async () => {
    here.gateway.put('run/run-0001', { ...run('run-0001', 'failed'), ...task('failed', 'failed') });
    pages({ lines: ['first'] }, { lines: ['second'] });
    expect(await agencyos('logs', 'run-0001')).toBe(0);
    expect(here.output).toBe('lint: first\nlint: second\n');
    await expect(agencyos('logs', 'run-0001', 'other')).rejects.toThrow('There is no task other: it has lint.');
  });
});

describe('agencyos status and parked', () => {
  it('shows runs, what waits, and services that are not well', async () => {
    const tasks = { total: 7, done: 3, failed: 0, running: 1, waiting: 0 };
    here.gateway.put('run-list/all', { 'run/r1': { ...run('r1', 'running').run, tasks } });
    here.gateway.put('inbox/all', {
      'approval/a1': { approvalId: 'a1', state: 'open', title: 'Publish', target: 'sample', risk: 'high' },
    });
    here.gateway.put('services/all', {
      'target/kanban': { targetId: 'kanban', state: 'repairing' },
      'target/swarm': { targetId: 'swarm', state: 'healthy' },
    });
    here.gateway.put('incidents/all', {
      'incident/i1': { targetId: 'relay', title: 'relay does not answer', state: 'escalated', escalation: { why: 'declined' } },
      'incident/i2': { targetId: 'swarm', title: 'swarm does not answer', state: 'resolved' },
    });
    expect(await agencyos('status')).toBe(0);
    expect(here.output).toMatch(
      /1 healthy, kanban repairing\n! Handed over to you: relay does not answer \(declined\)\. `agencyos restart relay`[\s\S]*r1 +Check +running +3\/7[\s\S]*a1 +Publish +sample +high/,
    );
  });

  it('says which reader of the log stands still, and why (fault 4)', async () => {
    for (const view of ['run-list/all', 'inbox/all', 'services/all']) here.gateway.put(view, {});
    const trouble = {
      why: 'failing',
      since: '2026-03-01T12:00:00.000Z',
      cause: 'GateReached of run-1: internal',
    };
    const consumers = [
      { service: 'swarm', consumer: 'gate-ask', position: '5', lag: 7, parked: 0, trouble },
      { service: 'kanban', consumer: 'board', position: '12', lag: 0, parked: 0 },
    ];
    here.gateway.intercept = (request) => (request === 'GET consumers' ? { status: 200, body: { consumers } } : undefined);
    expect(await agencyos('status')).toBe(0);
    expect(here.output).toContain(
      'swarm/gate-ask waits for a fact that fails since 2026-03-01T12:00:00.000Z, 7 events behind: GateReached of run-1: internal',
    );
    expect(here.output).not.toContain('kanban/board');
  });

  it('lists parked facts and tries them again', async () => {
    const fact = {
      context: 'kanban',
      consumer: 'board-reactions',
      stream: 'run-1',
      cause: 'wip_limit',
      fact: { type: 'TaskLeased' },
    };
    here.gateway.intercept = (request) =>
      request === 'GET parked' ? { status: 200, body: { parked: [fact], silent: ['healer'] } } : undefined;
    expect(await agencyos('parked')).toBe(1);
    expect(here.output).toMatch(/healer does not answer[\s\S]*kanban +board-reactions +TaskLeased +run-1 +wip_limit/);
    here.gateway.intercept = () => ({
      status: 200,
      body: { results: [{ context: 'kanban', passed: 1, left: 0 }] },
    });
    expect(await agencyos('parked', 'retry', 'board-reactions')).toBe(0);
    expect(here.output).toContain('kanban: 1 handled, 0 still parked');
  });
});

it('prints help and version', async () => {
  expect(await agencyos('--help')).toBe(0);
  expect(here.output).toMatch(/agencyos run +publish a workflow file/);
  expect(await program(['--version'], '1.2.3', (text) => void (here.output += text))).toBe(0);
  expect(here.output).toMatch(/1\.2\.3\n$/);
});

it('has a help page for each command (fault 37)', async () => {
  for (const [name, { summary }] of Object.entries(commands)) {
    here.output = '';
    expect(await agencyos(name, '--help')).toBe(0);
    expect(here.output.toLowerCase()).toContain(summary.toLowerCase());
    expect(here.output).toContain(`agencyos ${name}`);
    const others = Object.keys(commands).filter((other) => other !== name);
    expect(others.filter((other) => new RegExp(`^  agencyos ${other}\\b`, 'm').test(here.output))).toEqual([]);
  }
});

describe('an address that is wrong (fault 37)', () => {
  const status = (url: string) => program(['status', '--url', url, '--data-dir', here.folder], '1', () => undefined);

  // It took half a minute, longer than a test may.
  it('is told after a few seconds when nobody answers there', async () => {
    const closed = here.gateway.url;
    await here.gateway.close();
    await expect(status(closed)).rejects.toThrow(`Nothing answers at ${closed}`);
    here.gateway = await GatewayDouble.start();
  });

  it('is told at once when another program answers', async () => {
    here.gateway.intercept = () => ({ status: 200, body: '<html>' });
    const other = program(['boards', '--url', here.gateway.url, '--data-dir', here.folder], '1', () => undefined);
    here.gateway.plain = true;
    await expect(other).rejects.toThrow(/not as AgencyOS does/);
    expect(here.gateway.requests).toHaveLength(1);
  });
});
