import { agentSender, newId, type TaskLive } from '@agencyos/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { LiveSocket } from './live-socket.js';
import { TaskProgress } from './task-progress.js';

const runId = newId();
const taskId = newId();
const SENDER = agentSender('command-1');

let told: (message: { subject: string; data: Uint8Array }) => void;
let rows: Map<string, unknown>;
let looks: number;
let away: boolean;
let progress: TaskProgress;
let heard: TaskLive[];

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
  [rows, looks, away, heard] = [new Map(), 0, false, []];
  const bus = { subscribe: (_: string, handle: typeof told) => (told = handle) };
  const get = async (kind: string, id: string) => {
    looks++;
    if (away || kind !== 'run' || id !== runId) throw new Error('away');
    return { rows };
  };
  progress = new TaskProgress(bus as never, { cache: { get } } as never);
  progress.onApplicationBootstrap();
});
afterEach(() => {
  jest.useRealTimers();
});

const socketOf = (busy = false) => {
  const sendFrame = (frame: Buffer) =>
    void heard.push((JSON.parse(frame.toString('utf8')) as { data: { data: TaskLive } }).data.data);
  return { busy, sendFrame } as unknown as LiveSocket;
};
const held = (attempt = 1, holder = 'agent:command-1') => rows.set(`task/${taskId}`, { attempts: [{ attempt, holder }] });
const live = (more: object = {}) => ({
  taskId,
  attempt: 1,
  at: '2026-11-22T10:00:00.000Z',
  holder: 'agent:command-1',
  line: 'half',
  ...more,
});
const say = (body: unknown, sender = SENDER, id = runId) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  told({ subject: `agencyos.live.task.${id}.${sender}`, data: Buffer.from(text) });
};
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('what a worker says about a task', () => {
  it('reaches whoever listens to its run', async () => {
    held();
    const end = progress.listen(runId, socketOf());
    progress.listen(runId, socketOf());
    say(live());
    await pass(0);
    expect(heard).toEqual([live(), live()]);
    end();
    say(live());
    await pass(0);
    expect(heard).toHaveLength(3);
  });

  it('is not even looked at while nobody listens', async () => {
    held();
    const ends = [progress.listen(runId, socketOf()), progress.listen(runId, socketOf())];
    for (const end of ends) end();
    say(live());
    await pass(0);
    expect([heard, looks]).toEqual([[], 0]);
  });

  it('is read as far as the share of its sender goes, and that of others all the same', async () => {
    held();
    progress.listen(runId, socketOf());
    const parse = jest.spyOn(JSON, 'parse');
    for (let n = 0; n < 2_000; n++) say(`${' '.repeat(30 * 1024)}{`, agentSender('command-2'));
    expect(parse.mock.calls.length).toBeLessThan(100);
    parse.mockRestore();
    say(live());
    await pass(0);
    expect(heard).toEqual([live()]);
  });

  it('is left out for a socket that is busy', async () => {
    held();
    progress.listen(runId, socketOf(true));
    say(live());
    await pass(0);
    expect(heard).toEqual([]);
  });

  it.each([
    ['another agent', live(), agentSender('command-2')],
    ['one that names another holder than it is', live({ holder: 'agent:command-2' }), SENDER],
    ['nobody’s agent', live({ holder: 'user:one' }), SENDER],
  ])('is not passed on from %s', async (_, body, sender) => {
    held();
    progress.listen(runId, socketOf());
    say(body, sender);
    await pass(2_000);
    expect([heard, looks]).toEqual([[], 0]);
  });

  it('is not passed on from whom the attempt is not', async () => {
    held(1, 'agent:command-2');
    progress.listen(runId, socketOf());
    say(live());
    await pass(2_000);
    expect(heard).toEqual([]);
  });

  it('waits a second for the view to know of its attempt, and no longer', async () => {
    held(1);
    progress.listen(runId, socketOf());
    say(live({ attempt: 2 }));
    await pass(900);
    held(2);
    await pass(50);
    expect(heard).toHaveLength(1);
    say(live({ attempt: 3 }));
    await pass(1_100);
    held(3);
    await pass(1_000);
    expect(heard).toHaveLength(1);
  });

  it('is not passed on while nobody can say whose the task is', async () => {
    away = true;
    progress.listen(runId, socketOf());
    say(live());
    await pass(0);
    expect(heard).toEqual([]);
  });

  it('waits two hundred times at most for one sender, and keeps no other out', async () => {
    progress.listen(runId, socketOf());
    for (let n = 0; n < 201; n++) say(live());
    expect(looks).toBe(200);
    say(live({ holder: 'agent:command-2' }), agentSender('command-2'));
    expect(looks).toBe(201);
    await pass(1_100);
    const before = looks;
    say(live());
    expect(looks).toBe(before + 1);
  });

  it('has its line cut, and no fields but those of the contract', async () => {
    held();
    progress.listen(runId, socketOf());
    say(live({ line: 'x'.repeat(2_001), more: 'nothing' }));
    const { line: _, ...rest } = live();
    say(rest);
    await pass(0);
    expect(heard[0]!.line!.length).toBeLessThanOrEqual(2_000);
    expect(heard[0]).not.toHaveProperty('more');
    expect(heard[1]).toEqual(rest);
  });

  it.each([
    ['larger than 32 KiB', `${' '.repeat(32 * 1024)}${JSON.stringify(live())}`],
    ['no JSON', 'half'],
    ['nested too deeply', '['.repeat(65) + ']'.repeat(65)],
    ['of another form', live({ attempt: 'one' })],
    ['with what no text may hold', live({ line: 'a\u0000b' })],
  ])('is passed over where it is %s', async (_, body) => {
    held();
    progress.listen(runId, socketOf());
    say(body);
    await pass(0);
    expect([heard, looks]).toEqual([[], 0]);
  });

  it('is taken up to 32 KiB', async () => {
    held();
    progress.listen(runId, socketOf());
    const text = JSON.stringify(live());
    say(' '.repeat(32 * 1024 - Buffer.byteLength(text)) + text);
    await pass(0);
    expect(heard).toHaveLength(1);
  });
});
