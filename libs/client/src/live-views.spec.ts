import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { TaskLive } from '@agencyos/contracts';
import type { ServerFrame } from './frames.js';
import { LiveViews, type Channel } from './live-views.js';

/** Stands where the connection is: records what is sent, plays what the server says. */
class FakeChannel implements Channel {
  readonly sent: { event: string; data: object }[] = [];
  private onFrame: (frame: ServerFrame) => void = () => undefined;

  listen(onFrame: (frame: ServerFrame) => void): void {
    this.onFrame = onFrame;
  }

  send(event: string, data: object = {}): void {
    this.sent.push({ event, data });
  }

  says<E extends ServerFrame['event']>(event: E, data: Extract<ServerFrame, { event: E }>['data']): void {
    this.onFrame({ event, data } as ServerFrame);
  }

  /** A whole view, as the answer to a subscription. */
  shows(kind: string, id: string, rows: Record<string, unknown>, revision = 1): void {
    this.says('snapshot', { kind, id, epoch: 'e1', revision, rows });
  }
}

describe('live views', () => {
  let connection: FakeChannel;
  let client: LiveViews;

  beforeEach(() => {
    jest.useFakeTimers();
    connection = new FakeChannel();
    client = new LiveViews(connection);
  });
  afterEach(() => {
    client.forget();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('subscribes once however many read a view', () => {
    const first = client.acquire('board', 'b1');
    expect(client.acquire('board', 'b1')).toBe(first);
    expect(connection.sent).toEqual([{ event: 'subscribe', data: { kind: 'board', id: 'b1' } }]);
  });

  it('shows rows as they come and go', () => {
    const view = client.acquire('board', 'b1');
    expect(view.status).toBe('loading');
    connection.shows('board', 'b1', { 'card/1': { n: 1 }, board: { name: 'Release' } }, 5);
    expect(view.status).toBe('ready');
    expect(view.list('card')).toEqual([{ n: 1 }]);
    connection.says('delta', {
      kind: 'board',
      id: 'b1',
      epoch: 'e1',
      from: 5,
      to: 9,
      ops: [
        { op: 'put', key: 'card/2', value: { n: 2 } },
        { op: 'del', key: 'card/1' },
      ],
    });
    expect(view.list('card')).toEqual([{ n: 2 }]);
    expect(view.row('board')).toEqual({ name: 'Release' });
    expect(view.revision).toBe(9);
  });

  it('subscribes again from its revision when a delta is missing', () => {
    client.acquire('board', 'b1');
    connection.shows('board', 'b1', {}, 5);
    connection.says('delta', { kind: 'board', id: 'b1', epoch: 'e1', from: 7, to: 8, ops: [] });
    expect(connection.sent.at(-1)).toEqual({
      event: 'subscribe',
      data: { kind: 'board', id: 'b1', epoch: 'e1', revision: 5 },
    });
  });

  it('asks for the whole of a large view again when the connection broke between its parts', () => {
    client.acquire('board', 'b1');
    const part = { kind: 'board', id: 'b1', epoch: 'e1' };
    connection.says('snapshot', { ...part, revision: 5, more: true, rows: { 'card/1': { n: 1 } } });
    const op = (n: number) => ({ op: 'put' as const, key: `card/${n}`, value: { n } });
    connection.says('delta', { ...part, from: 5, to: 5, more: true, ops: [op(2)] });
    connection.sent.length = 0;
    connection.says('welcome', { user: {} });
    expect(connection.sent).toEqual([{ event: 'subscribe', data: { kind: 'board', id: 'b1' } }]);

    connection.says('snapshot', { ...part, revision: 5, more: true, rows: { 'card/1': { n: 1 } } });
    connection.says('delta', { ...part, from: 5, to: 5, ops: [op(3)] });
    connection.says('welcome', { user: {} });
    expect(connection.sent.at(-1)?.data).toEqual({ kind: 'board', id: 'b1', epoch: 'e1', revision: 5 });
  });

  it('resumes every view and every run it follows after a reconnection', () => {
    client.acquire('board', 'b1');
    connection.shows('board', 'b1', {}, 5);
    client.follow('r1', () => undefined);
    connection.sent.length = 0;
    connection.says('welcome', { user: {} });
    expect(connection.sent).toEqual([
      { event: 'subscribe', data: { kind: 'board', id: 'b1', epoch: 'e1', revision: 5 } },
      { event: 'live', data: { kind: 'task', id: 'r1' } },
    ]);
  });

  it('says what may not be seen, and waits out a service that is busy', () => {
    const view = client.acquire('directory', 'all');
    connection.says('error', { code: 'busy', kind: 'directory', id: 'all' });
    expect(view.status).toBe('loading');
    connection.says('error', { code: 'forbidden', kind: 'directory', id: 'all', detail: 'no' });
    expect(view.status).toBe('forbidden');
  });

  it('keeps the last line of an attempt through heartbeats without one', () => {
    let progress: ReadonlyMap<string, TaskLive> = new Map();
    client.follow('r1', (all) => void (progress = all));
    const beat = {
      taskId: 't',
      attempt: 1,
      at: '2026-11-22T10:00:00.000Z',
      holder: 'agent:command-1' as const,
    };
    connection.says('live', { kind: 'task', id: 'r1', data: { ...beat, line: 'half' } });
    connection.says('live', { kind: 'task', id: 'r1', data: { ...beat, at: '2026-11-22T10:00:01.000Z' } });
    expect(progress.get('t')).toMatchObject({ at: '2026-11-22T10:00:01.000Z', line: 'half' });
    connection.says('live', { kind: 'task', id: 'r1', data: { ...beat, attempt: 2 } });
    expect(progress.get('t')?.line).toBeUndefined();
  });

  it('stops following a run with its last follower', () => {
    const ends = [client.follow('r1', () => undefined), client.follow('r1', () => undefined)];
    ends[0]!();
    ends[0]!();
    expect(connection.sent.map(({ event }) => event)).toEqual(['live']);
    ends[1]!();
    expect(connection.sent.map(({ event }) => event)).toEqual(['live', 'unlive']);
  });

  it('keeps a view that was left for a while, and drops it then', () => {
    const view = client.acquire('board', 'b1');
    connection.shows('board', 'b1', { 'card/1': { n: 1 } });
    client.release(view);
    expect(client.acquire('board', 'b1')).toBe(view);
    jest.advanceTimersByTime(60_000);
    client.release(view);
    jest.advanceTimersByTime(29_999);
    expect(connection.sent.map(({ event }) => event)).toEqual(['subscribe']);
    jest.advanceTimersByTime(1);
    expect(connection.sent.at(-1)).toEqual({ event: 'unsubscribe', data: { kind: 'board', id: 'b1' } });
    expect(client.acquire('board', 'b1')).not.toBe(view);
  });

  it('leaves the view of a new session alone when one of the session before is left', () => {
    const before = client.acquire('board', 'b1');
    client.forget();
    const view = client.acquire('board', 'b1');
    client.release(before);
    jest.advanceTimersByTime(60_000);
    expect(client.acquire('board', 'b1')).toBe(view);
  });
});

describe('waiting for a view', () => {
  let connection: FakeChannel;
  let client: LiveViews;
  beforeEach(() => {
    connection = new FakeChannel();
    client = new LiveViews(connection);
  });

  it('ends when its rows say so, and not between the parts of a large one', async () => {
    const view = client.acquire('board', 'b1');
    let seen = 0;
    const done = view.until(({ rows }) => rows.size > 0).then(() => void (seen = view.rows.size));
    connection.says('snapshot', { kind: 'board', id: 'b1', epoch: 'e1', revision: 5, more: true, rows: { 'card/1': {} } });
    const ops = [{ op: 'put' as const, key: 'card/2', value: {} }];
    connection.says('delta', { kind: 'board', id: 'b1', epoch: 'e1', from: 5, to: 5, ops });
    await done;
    expect(seen).toBe(2);
    await view.until(() => true);
  });

  it('ends with the words of the server when it cannot be had', async () => {
    const view = client.acquire('directory', 'all');
    const done = view.until(() => true);
    connection.says('error', { code: 'forbidden', kind: 'directory', id: 'all', detail: 'You may not read it.' });
    await expect(done).rejects.toMatchObject({ code: 'forbidden', message: 'You may not read it.' });
  });
});
