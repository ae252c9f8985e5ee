import { newId, type AttemptRef, type HeartbeatAnswer } from '@agencyos/contracts';
import type { Bus, EventStore, Logger } from '@agencyos/runtime';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Msg } from '@nats-io/transport-node';
import { Heartbeats } from './heartbeats.js';
import type { GrantedLease, HeldAttempt, LeaseTable, RenewedLease } from './lease-table.js';

type Row = Omit<RenewedLease, 'untilMs'>;

/** Rows that are there, whoever asks. */
let rows: Row[];
let statements: string[];
let granted: GrantedLease[];
/** Facts of each run. */
let log: Map<string, object[]>;
let read: string[];
let away: boolean;
let logged: Record<string, unknown>[];
let answers: HeartbeatAnswer[];
let stop: AbortController;
let receive: (message: Msg) => void;
let subscribed: unknown[];
let heartbeats: Heartbeats;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  [rows, statements, granted, log, read, away, logged, answers] = [[], [], [], new Map(), [], false, [], []];
  stop = new AbortController();
  const isOf = (row: AttemptRef) => (one: AttemptRef) =>
    one.runId === row.runId && one.taskId === row.taskId && one.attempt === row.attempt;
  const leases = {
    async renew(held: HeldAttempt[]): Promise<RenewedLease[]> {
      statements.push(`renew ${held.length}`);
      if (away) throw new Error('connection refused');
      return rows
        .filter((row) => held.some((one) => isOf(row)(one) && one.agentId === row.agentId && one.instanceId === row.instanceId))
        .map((row) => ({ ...row, untilMs: 30_000 }));
    },
    async known(attempts: AttemptRef[]) {
      statements.push(`known ${attempts.length}`);
      return rows.filter((row) => attempts.some(isOf(row)));
    },
    grant: async (lease: GrantedLease) => void granted.push(lease),
  } as unknown as LeaseTable;
  const store = {
    async *read(stream: string) {
      read.push(stream);
      yield* log.get(stream) ?? [];
    },
  } as unknown as EventStore;
  const bus = {
    subscribe: (subject: string, handle: typeof receive, queue: string) => {
      subscribed = [subject, queue];
      receive = handle;
    },
  } as unknown as Bus;
  const logger = { warn: (fields: object) => void logged.push({ ...fields }) } as unknown as Logger;
  heartbeats = new Heartbeats(leases, store, bus, logger);
  heartbeats.listen();
  void heartbeats.run(stop.signal);
  void heartbeats.lookUpLost(stop.signal).catch(() => undefined);
});
afterEach(() => {
  stop.abort();
  jest.useRealTimers();
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const attemptOf = (taskId = 'a', attempt = 1): AttemptRef => ({ runId: newId(), taskId, attempt });
const row = (attempt: AttemptRef, more: Partial<Row> = {}): Row => ({
  ...attempt,
  ...{ agentId: 'worker', instanceId: 'i1', stop: null },
  ...more,
});
function says(leases: AttemptRef[], { agentId = 'worker', reply = '', body = '', bytes = 100 } = {}): void {
  const text = body || JSON.stringify({ agentId: 'worker', instanceId: 'i1', leases });
  receive({
    ...{ subject: `agencyos.hb.agent.${agentId}`, reply: reply || `_INBOX_agent_${agentId}.1`, data: { byteLength: bytes } },
    json: () => JSON.parse(text) as unknown,
    respond: (answer: string) => void answers.push(JSON.parse(answer) as HeartbeatAnswer),
  } as unknown as Msg);
}

describe('heartbeats', () => {
  it('are shared out among the replicas', () => expect(subscribed).toEqual(['agencyos.hb.agent.*', 'swarm']));

  it('are collected for a moment, renewed by one statement, and answered each for itself', async () => {
    const [one, two, three] = [attemptOf(), attemptOf('b'), attemptOf('c')];
    rows = [row(one), row(two, { stop: 'cancel' }), row(three)];
    says([one, two]);
    says([three]);
    await pass(24);
    expect(answers).toEqual([]);
    await pass(1);
    expect(statements).toEqual(['renew 3']);
    expect(answers).toEqual([
      { leases: [{ ...one, untilMs: 30_000 }], stop: [two] },
      { leases: [{ ...three, untilMs: 30_000 }], stop: [] },
    ]);
    says([one]);
    await pass(25);
    expect(answers).toHaveLength(3);
  });

  it('without leases are answered, and no table is asked', async () => {
    says([]);
    await pass(25);
    expect(answers).toEqual([{ leases: [], stop: [] }]);
    expect(statements).toEqual([]);
  });

  it('of another process than the holder’s renew nothing, and stop nobody', async () => {
    const one = attemptOf();
    rows = [row(one, { instanceId: 'i2' })];
    says([one]);
    await pass(25);
    expect(statements).toEqual(['renew 1', 'known 1']);
    expect(answers).toEqual([{ leases: [], stop: [] }]);
    expect(read).toEqual([]);
  });

  it('are not answered while the table is away: who holds something asks again', async () => {
    const one = attemptOf();
    rows = [row(one)];
    away = true;
    says([one]);
    await pass(25);
    expect(answers).toEqual([]);
    expect(logged).toEqual([{ heartbeats: 1, error: 'connection refused' }]);
    away = false;
    says([one]);
    await pass(25);
    expect(answers).toHaveLength(1);
  });

  it.each<[string, { reply?: string; agentId?: string; body?: string }, boolean]>([
    ['want their answer put elsewhere', { reply: '_INBOX_agent_other.1' }, true],
    ['are another agent’s', { agentId: 'other' }, true],
    ['are none', { body: '{}' }, false],
    ['are no JSON', { body: 'x' }, false],
  ])('that %s are dropped, and told', async (_, how, security) => {
    says([attemptOf()], how);
    await pass(25);
    expect([statements, answers]).toEqual([[], []]);
    expect(logged).toMatchObject([{ security }]);
  });

  it('beyond their agent’s share are not looked at, while those of others are', async () => {
    for (let n = 0; n < 3; n++) says([], { bytes: 1024 * 1024 });
    await pass(25);
    expect(answers).toHaveLength(2);
  });
});

describe('a lease without a row', () => {
  const leased = ({ runId: _, ...attempt }: AttemptRef, more: object = {}) => ({
    id: 'granted',
    type: 'TaskLeased',
    data: { ...attempt, leasedBy: 'agent:worker', instanceId: 'i1', leaseMs: 20_000, ...more },
  });
  const recorded = ({ runId }: AttemptRef, ...events: object[]) => void log.set(`run-${runId}`, events);

  it('is granted again where the log says that it is held: its row was lost, or is yet to come', async () => {
    const one = attemptOf();
    recorded(one, leased(one));
    says([one]);
    await pass(25);
    expect(granted).toEqual([{ ...one, agentId: 'worker', instanceId: 'i1', leaseMs: 20_000, eventId: 'granted' }]);
    expect(answers).toEqual([{ leases: [{ ...one, untilMs: 20_000 }], stop: [] }]);
  });

  it('is granted again and stopped where the log says so', async () => {
    const one = attemptOf();
    recorded(one, leased(one), { id: 'x', type: 'TaskStopRequested', data: { taskId: 'a', why: 'cancel' } });
    says([one]);
    await pass(25);
    expect(granted).toMatchObject([{ stop: 'cancel' }]);
    expect(answers).toEqual([{ leases: [], stop: [one] }]);
  });

  it.each<[string, object[]]>([
    ['of which the log knows nothing', []],
    ['that has ended', [{}, { type: 'TaskSucceeded' }]],
    ['of another agent', [{ leasedBy: 'agent:other' }]],
    ['of another process', [{ instanceId: 'i2' }]],
    ['of another attempt', [{ attempt: 2 }]],
  ])('%s is to be let go', async (_, [more, after]) => {
    const one = attemptOf();
    const facts = more ? [leased(one, more)] : [];
    recorded(one, ...facts, ...(after ? [{ id: 'x', ...after, data: { taskId: 'a' } }] : []));
    says([one]);
    await pass(25);
    expect(granted).toEqual([]);
    expect(answers).toEqual([{ leases: [], stop: [one] }]);
  });

  it('is looked up with those of nine more runs at most, each run once', async () => {
    const many = Array.from({ length: 12 }, () => attemptOf());
    says([{ ...many[0]!, taskId: 'b' }, ...many]);
    await pass(25);
    expect(read).toEqual(many.slice(0, 10).map(({ runId }) => `run-${runId}`));
    expect(answers[0]!.stop).toHaveLength(11);
  });

  it('is looked up once at a time for each agent: it is told nothing meanwhile, and asks again', async () => {
    const [one, two] = [attemptOf(), attemptOf()];
    rows = [row(two)];
    says([one]);
    says([one, two]);
    await pass(25);
    expect(read).toHaveLength(1);
    expect(answers).toHaveLength(2);
    expect(answers).toContainEqual({ leases: [{ ...two, untilMs: 30_000 }], stop: [] });
    expect(answers).toContainEqual({ leases: [], stop: [one] });
    says([one]);
    await pass(25);
    expect(read).toHaveLength(2);
  });
});
