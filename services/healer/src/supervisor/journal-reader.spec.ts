import { deriveId, newId, type CommandMessage } from '@agencyos/contracts';
import type { Commands, Logger } from '@agencyos/runtime';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Cursors } from './cursors.js';
import { JournalReader } from './journal-reader.js';
import type { JournalEntry, SupervisorClient } from './supervisor-client.js';

const installationId = newId();
const [diedAt, readyAt] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:02.000Z'];
let journal: JournalEntry[];
let away: boolean;
let sent: CommandMessage[];
let status: number;
let written: bigint[];
let asked: number[];
let stop: AbortController;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  [journal, away, sent, status, written, asked, stop] = [[], false, [], 0, [], [], new AbortController()];
});
afterEach(() => {
  stop.abort();
  jest.useRealTimers();
});

function start(position = 0n): void {
  const supervisor = {
    async journal(after: number) {
      asked.push(after);
      if (away) throw new Error('connection refused');
      return journal.filter(({ n }) => n > after);
    },
    status: async () => ({ processes: [{ name: 'kanban-2', replicaOf: 'kanban' }, { name: 'nats' }] }),
  } as unknown as SupervisorClient;
  const send = async (messages: CommandMessage[]) => {
    sent.push(...messages);
    return messages.map(({ id }) => (status === 0 ? { id } : { id, problem: { status, code: 'x' } }));
  };
  const cursors = {
    read: async (name: string) => (name === 'journal' ? position : -1n),
    write: async (_: string, to: bigint) => void written.push(to),
  } as unknown as Cursors;
  const logger = { info: () => undefined, debug: () => undefined } as unknown as Logger;
  void new JournalReader({ supervisor, commands: { send } as unknown as Commands, cursors, logger, installationId }).run(
    stop.signal,
  );
}
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const entry = (n: number, more: Partial<JournalEntry> = {}): JournalEntry => ({
  ...{ n, kind: 'restart', process: 'nats', by: 'supervisor', diedAt, readyAt },
  ...more,
});

describe('what the supervisor restarted by itself', () => {
  it('is recorded as a breach that is over, under ids that are the same each time', async () => {
    journal = [entry(3)];
    start();
    await pass(0);
    const common = { monitorId: 'nats-availability', instances: [] };
    const idOf = (state: string) => deriveId(installationId, `journal/3/${diedAt}/${state}`);
    expect(sent).toEqual([
      {
        ...{ id: idOf('breached'), type: 'ReportTransition' },
        data: { ...common, state: 'breached', sinceAt: diedAt, value: 1, threshold: 1, window: 'exit' },
      },
      { id: idOf('clear'), type: 'ReportTransition', data: { ...common, state: 'clear', sinceAt: readyAt } },
    ]);
    expect(written).toEqual([3n]);
  });

  it('is told of the service of which the process is one', async () => {
    journal = [entry(1, { process: 'kanban-2' }), entry(2, { process: 'gone' })];
    start();
    await pass(0);
    expect(sent.map(({ data }) => data['monitorId'])).toEqual([
      ...['kanban-availability', 'kanban-availability'],
      ...['gone-availability', 'gone-availability'],
    ]);
  });

  it.each<[string, Partial<JournalEntry>]>([
    ['another kind', { kind: 'stop' }],
    ['what the healer did', { by: 'healer' }],
    ['what has not died', { diedAt: undefined as never }],
    ['what is not ready', { readyAt: undefined as never }],
  ])('is nothing of %s, which is passed over', async (_, more) => {
    journal = [entry(1, more)];
    start();
    await pass(0);
    expect([sent, written]).toEqual([[], [1n]]);
  });

  it('is read on from where it was read, each second', async () => {
    journal = [entry(4), entry(5)];
    start(4n);
    await pass(999);
    expect(asked).toEqual([4]);
    await pass(1);
    expect(asked).toEqual([4, 5]);
    expect(sent).toHaveLength(2);
  });

  it('is tried again where the log did not take it, with those behind it', async () => {
    journal = [entry(1), entry(2)];
    status = 503;
    start();
    await pass(0);
    expect([sent.length, written]).toEqual([2, []]);
    status = 0;
    await pass(1_000);
    expect(written).toEqual([1n, 2n]);
    expect(sent[2]!.id).toBe(sent[0]!.id);
  });

  it('is let be where nobody watches it: the log refuses it for good', async () => {
    journal = [entry(1)];
    status = 404;
    start();
    await pass(0);
    expect(written).toEqual([1n]);
  });

  it('is read later where the supervisor is away', async () => {
    [away, journal] = [true, [entry(1)]];
    start();
    await pass(3_000);
    expect(sent).toEqual([]);
    away = false;
    await pass(1_000);
    expect(written).toEqual([1n]);
  });
});
