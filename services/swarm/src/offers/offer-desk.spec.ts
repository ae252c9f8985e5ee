import { newId, type Fact, type ReadyRow, type RunEvent, type TaskOffer } from '@agencyos/contracts';
import type { Bus, EventStore, Views } from '@agencyos/runtime';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { OfferDesk, type Scheduled } from './offer-desk.js';

const runId = newId();
const readyAt = '2026-11-22T10:00:00.000Z';

let offered: { subject: string; offer: TaskOffer }[];
let refuses: (taskId: string) => boolean;
let rows: Partial<ReadyRow>[];
let looks: number;
let away: boolean;
/** What the log has, by revision. */
let log: Map<number, { type: string; data: object }>;
let desk: OfferDesk;
let revision: number;

beforeEach(() => {
  [offered, rows, looks, away, log, revision] = [[], [], 0, false, new Map(), 0];
  refuses = () => false;
  const request = async (subject: string, offer: TaskOffer) => {
    if (refuses(offer.taskId)) return { error: { description: 'maximum messages exceeded' } };
    offered.push({ subject, offer });
    return {};
  };
  const list = async () => {
    looks++;
    if (away) throw new Error('connection refused');
    return rows.map((row) => [`ready/${row.taskId}`, row]);
  };
  const store = {
    async *read(_: string, from: number) {
      if (log.has(from)) yield log.get(from);
    },
  };
  desk = new OfferDesk(
    { request } as unknown as Bus,
    store as unknown as EventStore,
    { of: () => ({ list }) } as unknown as Views,
  );
});

const scheduled = (taskId: string, more: Partial<Scheduled> = {}): Scheduled =>
  ({
    ...{ runId, taskId, attempt: 1, role: 'check', input: { value: taskId }, priority: 0, leaseMs: 30_000, timeoutMs: 60_000 },
    ...more,
  }) as Scheduled;
function tell(type: RunEvent['type'], data: object): Promise<void> {
  revision++;
  log.set(revision, { type, data });
  return desk.handle({ type, data, revision, metadata: { recordedAt: readyAt } } as unknown as Fact & RunEvent);
}
const schedule = (taskId: string, more: Partial<Scheduled> = {}) => tell('TaskScheduled', scheduled(taskId, more));
const lease = (taskId: string) => tell('TaskLeased', { runId, taskId });
const ids = () => offered.map(({ offer }) => offer.taskId);

describe('a task that may be claimed', () => {
  it('is offered to its role, with all that a worker has to know', async () => {
    await schedule('a');
    const { runId: _, ...rest } = scheduled('a');
    expect(offered).toEqual([{ subject: 'agencyos.task.check', offer: { runId, ...rest } }]);
    const resume = { kind: 'handoff' as const, id: 'a/1', value: { value: 1 } };
    await schedule('b', { resume, approvalId: runId });
    expect(offered[1]!.offer).toMatchObject({ resume, approvalId: runId });
  });

  it('waits where four are offered already, until one is taken', async () => {
    for (const taskId of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await schedule(taskId);
    expect(ids()).toEqual(['a', 'b', 'c', 'd']);
    await lease('a');
    // As many as before, and one for whoever works.
    expect(ids()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('waits for those of its own role only', async () => {
    for (const taskId of ['a', 'b', 'c', 'd', 'e']) await schedule(taskId);
    await schedule('n', { role: 'notes' });
    expect(offered.at(-1)).toMatchObject({ subject: 'agencyos.task.notes', offer: { taskId: 'n' } });
  });

  it('is offered before others that are less urgent', async () => {
    for (const taskId of ['a', 'b', 'c', 'd', 'e']) await schedule(taskId);
    await schedule('urgent', { priority: 9 });
    await lease('a');
    expect(ids().slice(4)).toEqual(['urgent', 'e']);
  });

  it.each([
    'TaskSucceeded',
    'TaskFailed',
    'TaskLeaseExpired',
    'TaskReleased',
    'TaskHandedOff',
    'TaskCancelled',
    'TaskSkipped',
  ] as const)('makes room with %s', async (type) => {
    for (const taskId of ['a', 'b', 'c', 'd', 'e']) await schedule(taskId);
    await tell(type, { runId, taskId: 'b' });
    expect(ids().at(-1)).toBe('e');
    await tell(type, { runId, taskId: 'unknown' });
    expect(ids()).toHaveLength(5);
  });

  it('is offered anew when it is scheduled again', async () => {
    await schedule('a');
    await schedule('a', { attempt: 2 });
    expect(offered.map(({ offer }) => offer.attempt)).toEqual([1, 2]);
  });

  it('is no concern of other facts', async () => {
    await tell('RunStarted', { runId });
    await lease('unknown');
    expect(offered).toEqual([]);
  });
});

describe('what waited before this process began', () => {
  const row = (taskId: string, at: number, more: Partial<ReadyRow> = {}): Partial<ReadyRow> => {
    log.set(100 + at, { type: 'TaskScheduled', data: scheduled(taskId) });
    return { runId, taskId, role: 'check', priority: 0, revision: 100 + at, readyAt: `2026-11-22T09:00:0${at}.000Z`, ...more };
  };

  it('is offered in the order in which it became ready, as the log has it', async () => {
    rows = [row('late', 2), row('early', 1), row('gone', 3)];
    log.set(103, { type: 'TaskCancelled', data: {} });
    await schedule('new');
    expect(ids()).toEqual(['early', 'late', 'new']);
    await schedule('next');
    expect(looks).toBe(1);
  });

  it('is looked for again where that failed', async () => {
    away = true;
    await expect(schedule('a')).rejects.toThrow('connection refused');
    away = false;
    rows = [row('early', 1)];
    await schedule('a');
    expect(ids()).toEqual(['early', 'a']);
  });
});

describe('an offer that the queue does not take', () => {
  it('is the fact’s own trouble where its task is offered, which then comes again', async () => {
    refuses = () => true;
    await expect(schedule('a')).rejects.toThrow('the task queue refused an offer: maximum messages exceeded');
    refuses = () => false;
    await schedule('a');
    expect(ids()).toEqual(['a']);
  });

  it('is no other fact’s trouble: it waits for the next chance', async () => {
    for (const taskId of ['a', 'b', 'c', 'd', 'e']) await schedule(taskId);
    refuses = (taskId) => taskId === 'e';
    await lease('a');
    expect(ids()).toEqual(['a', 'b', 'c', 'd']);
    refuses = () => false;
    await lease('b');
    expect(ids()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
