import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ids, newId } from '@agencyos/contracts';
import { program } from '../src/index.js';
import { GatewayDouble, problem } from './gateway-double.js';

let gateway: GatewayDouble;
let folder: string;
let output: string;
beforeEach(async () => {
  gateway = await GatewayDouble.start();
  folder = mkdtempSync(join(tmpdir(), 'agencyos-cli-'));
  writeFileSync(join(folder, 'cli-token'), gateway.token);
  writeFileSync(join(folder, 'url'), gateway.url);
  writeFileSync(join(folder, 'check.yaml'), '# a check\nworkflow: check\ntitle: Check\n');
  output = '';
});
afterEach(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

const agencyos = (...argv: string[]) =>
  program([...argv, '--data-dir', folder], '1.2.3', (text) => {
    output += text;
  });
const jsonLines = () =>
  output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const run = (runId: string, state: string) => ({
  run: {
    runId,
    name: 'Check',
    workflowId: 'check',
    version: 1,
    state,
    startedAt: '2026-01-01T00:00:00.000Z',
  },
});
const gate = (approvalId: string, state: string) => ({
  'task/approve': {
    taskId: 'approve',
    title: 'Approve',
    kind: 'gate',
    state,
    approvalId,
    attempt: 0,
    attempts: [],
    handoffs: [],
  },
});
const approval = (approvalId: string, state = 'open') => ({
  approval: {
    ...{
      approvalId,
      state,
      actionDigest: `sha256:${'a'.repeat(64)}`,
      requester: 'service:swarm',
      risk: 'high',
    },
    action: {
      kind: 'publish',
      target: 'sample 1.3.0',
      parameters: { value: { version: '1.3.0' } },
      artifacts: [],
    },
    brief: { value: { summary: 'Three commits.' } },
  },
});

describe('agencyos run', () => {
  it('publishes the file, starts it with its input and follows it to its end', async () => {
    gateway.accepted = ({ type, data }) => {
      if (type !== 'StartRun') return;
      const runId = data['runId'] as string;
      gateway.put(`run/${runId}`, run(runId, 'running'));
      gateway.put(`run/${runId}`, run(runId, 'succeeded'));
    };
    expect(
      await agencyos('run', join(folder, 'check.yaml'), '--input', 'path=/x', '--input', 'n:=3', '--wait'),
    ).toBe(0);
    const [publish, start] = gateway.commands;
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
    expect(output).toMatch(/Started run [\s\S]*Check runs[\s\S]*Run succeeded/);
  });

  it('ends with 1 when the run fails, and speaks JSON when asked', async () => {
    gateway.accepted = ({ type, data }) =>
      type === 'StartRun' && gateway.put(`run/${String(data['runId'])}`, run('r', 'failed'));
    expect(await agencyos('run', join(folder, 'check.yaml'), '--wait', '--json')).toBe(1);
    expect(jsonLines().at(-1)).toMatchObject({ state: 'failed' });
  });

  it('repeats a command through an outage under its first id', async () => {
    let outages = 0;
    const ids = new Set<string>();
    gateway.accepted = ({ id }) => ids.add(id);
    gateway.intercept = (request) => {
      if (!request.includes('PublishWorkflow')) return undefined;
      outages += 1;
      return ['drop' as const, problem(503, 'busy'), problem(409, 'in_flight')][outages - 1];
    };
    expect(await agencyos('run', join(folder, 'check.yaml'))).toBe(0);
    expect(outages).toBe(4);
    expect(ids.size).toBe(2); // one for each command
  });

  describe('its board', () => {
    const board = (boardId: string, key: string, purpose: string) => ({
      [`board/${boardId}`]: { boardId, key, name: key, purpose, columns: [{ name: 'Todo', count: 2 }] },
    });
    beforeEach(() =>
      gateway.put('boards/all', {
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
      expect(await agencyos('run', join(folder, 'check.yaml'), ...more)).toBe(0);
      expect(gateway.commands.at(-1)!.data['boardId']).toBe(boardId);
    });

    it('has to exist', async () => {
      await expect(agencyos('run', join(folder, 'check.yaml'), '--board', 'XYZ')).rejects.toThrow(
        /no board XYZ/,
      );
      expect(gateway.commands).toEqual([]);
    });

    it('is listed', async () => {
      expect(await agencyos('boards')).toBe(0);
      expect(output).toMatch(/KEY[\s\S]*AAA +AAA +operations +b1 +Todo 2[\s\S]*REL[\s\S]*WEB/);
    });
  });

  it('shows where a file is wrong', async () => {
    const problems = [{ code: 'cycle', message: 'cycle: a → b → a', path: 'tasks.0', line: 7, column: 5 }];
    gateway.intercept = (request) =>
      request.includes('PublishWorkflow')
        ? problem(422, 'definition_invalid', { detail: 'The file is wrong.', problems })
        : undefined;
    await expect(agencyos('run', join(folder, 'check.yaml'))).rejects.toThrow(
      'The file is wrong. (definition_invalid)\n  line 7, column 5: cycle: a → b → a',
    );
  });

  it.each([
    [['run'], /Which workflow file/],
    [['run', '/no/such/file'], /There is no file/],
    [['run', 'url'], /no workflow file/],
    [['run', 'check.yaml', '--input', 'x'], /name=text/],
    [['run', 'check.yaml', '--input', 'x:={'], /not JSON/],
    [['run', 'check.yaml', 'more'], /one word too many/],
    [['run', '--no-such-option'], /no-such-option/],
    [['fly'], /no command "fly"/],
    [['approve', '--reject'], /Which approval/],
    [['boards', 'REL'], /one word too many/],
    [['parked', 'undo'], /not understood/],
    [['demo', '--timeout', '-1'], /timeout/],
  ])('says what is wrong with %j', async (argv, message) => {
    const words = argv.map((word) => (word === 'url' || word === 'check.yaml' ? join(folder, word) : word));
    await expect(agencyos(...words)).rejects.toThrow(message);
    expect(gateway.commands).toEqual([]);
  });

  it('says what to do when nobody may answer or nobody does', async () => {
    writeFileSync(join(folder, 'cli-token'), 'stale');
    await expect(agencyos('parked')).rejects.toThrow(/token is not valid/);
  });
});

describe('following', () => {
  it('asks again after a lost message and comes back after a lost connection', async () => {
    const started = new Promise<string>((resolve) => {
      gateway.accepted = ({ type, data }) => type === 'StartRun' && resolve(data['runId'] as string);
    });
    const exit = agencyos('run', join(folder, 'check.yaml'), '--wait');
    const runId = await started;
    const view = `run/${runId}`;
    const subscribed = async (times: number) => {
      while (gateway.subscriptions.filter((name) => name === view).length < times)
        await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await subscribed(1); // the view is not there yet
    gateway.put(view, run(runId, 'running'));
    await subscribed(2);
    gateway.put(
      view,
      { 'task/a': { taskId: 'a', title: 'Lost', state: 'skipped', attempts: [], handoffs: [] } },
      true,
    );
    gateway.put(view, {
      'task/b': { taskId: 'b', title: 'Seen', state: 'skipped', attempts: [], handoffs: [] },
    });
    await subscribed(3);
    gateway.dropSockets();
    await subscribed(4);
    gateway.tell('live', {
      kind: 'task',
      id: runId,
      data: { taskId: 'a', attempt: 1, line: 'a \u001b[31mline' },
    });
    gateway.put(view, run(runId, 'succeeded'));
    expect(await exit).toBe(0);
    expect(output).toContain('Lost: skipped');
    expect(output).toContain('Seen: skipped');
    expect(output).toContain('a: a [31mline');
  });
});

describe('agencyos approve', () => {
  const approvalId = newId();
  const open = (state?: string) => {
    gateway.put('inbox/all', { [`approval/${approvalId}`]: { approvalId, state: state ?? 'open' } });
    gateway.put(`approval/${approvalId}`, approval(approvalId, state));
  };

  it('shows what it is and votes on exactly that', async () => {
    open();
    expect(await agencyos('approve', approvalId.slice(-8))).toBe(0);
    expect(output).toMatch(
      /publish sample 1\.3\.0[\s\S]*Three commits\.[\s\S]*version: 1\.3\.0[\s\S]*sha256:a+[\s\S]*Approved/,
    );
    const { actionDigest } = approval(approvalId).approval;
    expect(gateway.commands).toMatchObject([
      { type: 'VoteOnApproval', data: { approvalId, vote: 'approve', actionDigest } },
    ]);
  });

  it('lists what waits, oldest first, with the digest of each', async () => {
    const [second, first, decided] = [newId(), newId(), newId()];
    const row = (id: string, state: string, day: string) => ({
      [`approval/${id}`]: {
        ...{ approvalId: id, state, title: 'Publish?', target: `of ${day}`, risk: 'high' },
        requestedAt: `2026-01-${day}T00:00:00.000Z`,
      },
    });
    gateway.put('inbox/all', {
      ...row(second, 'open', '02'),
      ...row(first, 'open', '01'),
      ...row(decided, 'rejected', '03'),
    });
    for (const id of [first, second]) gateway.put(`approval/${id}`, approval(id));
    expect(await agencyos('approve')).toBe(0);
    const lines = output.split('\n').filter((line) => line.includes('Publish?'));
    expect(lines.map((line) => line.split(' ')[0])).toEqual([first, second]);
    expect(lines[0]).toMatch(/Publish\? +of 01 +high +sha256:a{64}$/);
    expect(output).toContain('agencyos approve ID');
    expect(gateway.commands).toEqual([]);
  });

  it('says when nothing waits', async () => {
    gateway.put('inbox/all', {});
    expect(await agencyos('approve')).toBe(0);
    expect(output).toBe('Nothing waits for a decision.\n');
  });

  it('rejects with a reason', async () => {
    open();
    expect(await agencyos('approve', approvalId, '--reject', '--reason', 'Not today')).toBe(0);
    expect(gateway.commands).toMatchObject([{ data: { vote: 'reject', reason: 'Not today' } }]);
  });

  it('says when there is nothing to decide', async () => {
    open('redeemed');
    await expect(agencyos('approve', approvalId)).rejects.toThrow(/redeemed already/);
    await expect(agencyos('approve', newId())).rejects.toThrow(/There is no approval/);
    expect(gateway.commands).toEqual([]);
  });
});

describe('agencyos status and parked', () => {
  it('shows runs, what waits, and services that are not well', async () => {
    const tasks = { total: 7, done: 3, failed: 0, running: 1, waiting: 0 };
    gateway.put('run-list/all', { 'run/r1': { ...run('r1', 'running').run, tasks } });
    gateway.put('inbox/all', {
      'approval/a1': { approvalId: 'a1', state: 'open', title: 'Publish', target: 'sample', risk: 'high' },
    });
    gateway.put('services/all', {
      'target/kanban': { targetId: 'kanban', state: 'repairing' },
      'target/swarm': { targetId: 'swarm', state: 'healthy' },
    });
    expect(await agencyos('status')).toBe(0);
    expect(output).toMatch(
      /1 healthy, kanban repairing[\s\S]*r1 +Check +running +3\/7[\s\S]*a1 +Publish +sample +high/,
    );
  });

  it('lists parked facts and tries them again', async () => {
    const fact = {
      context: 'kanban',
      consumer: 'board-reactions',
      stream: 'run-1',
      cause: 'wip_limit',
      fact: { type: 'TaskLeased' },
    };
    gateway.intercept = (request) =>
      request === 'GET parked' ? { status: 200, body: { parked: [fact], silent: ['healer'] } } : undefined;
    expect(await agencyos('parked')).toBe(1);
    expect(output).toMatch(
      /healer does not answer[\s\S]*kanban +board-reactions +TaskLeased +run-1 +wip_limit/,
    );
    gateway.intercept = () => ({
      status: 200,
      body: { results: [{ context: 'kanban', passed: 1, left: 0 }] },
    });
    expect(await agencyos('parked', 'retry', 'board-reactions')).toBe(0);
    expect(output).toContain('kanban: 1 handled, 0 still parked');
  });
});

describe('agencyos demo', () => {
  const installationId = newId();
  const runId = ids.seed(installationId, 'run/release-check');
  const approvalId = newId();
  beforeEach(() => {
    gateway.intercept = (request) =>
      request === 'GET me' ? { status: 200, body: { installationId } } : undefined;
  });
  const begin = () => {
    gateway.put('run-list/all', { [`run/${runId}`]: { runId } });
    gateway.put(`run/${runId}`, { ...run(runId, 'running'), ...gate(approvalId, 'planned') });
  };

  it('waits for the example, approves its gate once, and succeeds with it', async () => {
    gateway.put('run-list/all', {});
    gateway.accepted = ({ type }) => {
      if (type !== 'VoteOnApproval') return;
      gateway.put(`run/${runId}`, gate(approvalId, 'succeeded'));
      gateway.put(`run/${runId}`, run(runId, 'succeeded'));
    };
    const exit = agencyos('demo');
    begin();
    gateway.put(`run/${runId}`, gate(approvalId, 'waiting'));
    gateway.put(`approval/${approvalId}`, approval(approvalId));
    expect(await exit).toBe(0);
    expect(gateway.commands).toHaveLength(1);
    expect(output).toMatch(
      /waits for a person[\s\S]*publish sample 1\.3\.0[\s\S]*approved[\s\S]*Run succeeded/,
    );
  });

  it('fails with the run', async () => {
    begin();
    gateway.put(`run/${runId}`, run(runId, 'failed'));
    expect(await agencyos('demo')).toBe(1);
  });

  it('does not wait for ever, and says where it stands', async () => {
    begin();
    gateway.put(`run/${runId}`, gate(approvalId, 'planned'));
    await expect(agencyos('demo', '--timeout', '1')).rejects.toThrow(/within 1 s \(approve planned\)/);
  });
});

it('prints help and version', async () => {
  expect(await agencyos('--help')).toBe(0);
  expect(output).toContain('agencyos run FILE');
  expect(await program(['--version'], '1.2.3', (text) => void (output += text))).toBe(0);
  expect(output).toMatch(/1\.2\.3\n$/);
});
