import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ServerFrame } from './frames.js';
import { LiveViews, type Channel } from './live-views.js';

/** Stands where the connection is: records what is sent, plays what the server says. */
class FakeChannel implements Channel {
  readonly sent: { event: string; data: object }[] = [];
  says: (frame: ServerFrame) => void = () => undefined;

  listen(onFrame: (frame: ServerFrame) => void): void {
    this.says = onFrame;
  }

  send(event: string, data: object = {}): void {
    this.sent.push({ event, data });
  }
}

let channel: FakeChannel;
let views: LiveViews;
beforeEach(() => {
  channel = new FakeChannel();
  views = new LiveViews(channel);
});

const asked = { order: '-startedAt', limit: 3 } as const;
const run = (n: number, state = 'running') => ({ runId: `r${n}`, state, startedAt: `2026-01-0${n}` });
const shows = (window: string, rows: number[], data: object = {}) =>
  channel.says({
    event: 'window',
    data: {
      ...{ window, kind: 'run-list', id: 'all', epoch: 'e1', revision: 5, total: 9, offset: 0 },
      rows: rows.map((n) => ({ key: `run/r${n}`, row: run(n) })),
      ...data,
    },
  });
const changes = (window: string, data: object) =>
  channel.says({ event: 'window_delta', data: { window, epoch: 'e1', from: 5, to: 7, total: 9, offset: 0, ops: [], ...data } });
const open = () => views.windows.open('run-list', 'all', asked);

describe('a window', () => {
  it('shows its rows in order, with how many there are and where they stand', () => {
    const window = open();
    expect(channel.sent).toEqual([{ event: 'window', data: { window: 'w1', kind: 'run-list', id: 'all', ...asked } }]);
    expect(window.status).toBe('loading');
    shows('w1', [5, 4, 3]);
    expect(window).toMatchObject({ status: 'ready', total: 9, offset: 0 });
    const put = (n: number) => ({ op: 'put' as const, key: `run/r${n}`, value: run(n) });
    const [, kept] = window.rows;
    changes('w1', { total: 10, ops: [put(7), { op: 'del', key: 'run/r3' }] });
    expect(window.rows.map(({ key }) => key)).toEqual(['run/r7', 'run/r5', 'run/r4']);
    expect(window.rows[2]).toBe(kept);
    expect(window).toMatchObject({ total: 10, revision: 7 });
  });

  it('goes on where it was after a cut: with its first row, and with what it holds', () => {
    const window = open();
    shows('w1', [5, 4, 3]);
    views.windows.ask(window, { ...asked, offset: 4 });
    shows('w2', [3, 2, 1], { offset: 4 });
    channel.sent.length = 0;
    channel.says({ event: 'welcome', data: { user: {} } });
    const from = { value: '2026-01-03', key: 'run/r3' };
    expect(channel.sent).toEqual([
      { event: 'window', data: { window: 'w2', kind: 'run-list', id: 'all', ...asked, from, epoch: 'e1', revision: 5 } },
    ]);
    // Nothing was missed.
    changes('w2', { to: 5, offset: 6, total: 11 });
    expect(window).toMatchObject({ offset: 6, total: 11 });
    expect(window.rows).toHaveLength(3);
  });

  it('keeps its rows while it looks elsewhere, and takes nothing more of where it looked before', () => {
    const window = open();
    shows('w1', [5, 4, 3]);
    views.windows.ask(window, { ...asked, filter: { state: ['failed'] } });
    expect(channel.sent.slice(1).map(({ event }) => event)).toEqual(['unwindow', 'window']);
    changes('w1', { total: 1 });
    shows('w1', []);
    expect(window.rows).toHaveLength(3);
    shows('w2', [2]);
    expect(window.rows.map(({ key }) => key)).toEqual(['run/r2']);
  });

  it('asks again where a change is missing', () => {
    open();
    shows('w1', [5]);
    changes('w1', { from: 6 });
    expect(channel.sent).toHaveLength(2);
    changes('w1', { from: 3, to: 4 });
    expect(channel.sent).toHaveLength(2);
  });

  it('that may not be seen says so, and is told nothing more once it is closed', () => {
    const window = open();
    const error = { kind: 'run-list', id: 'all', window: 'w1', detail: 'no' };
    channel.says({ event: 'error', data: { ...error, code: 'busy' } });
    expect(window.status).toBe('loading');
    channel.says({ event: 'error', data: { ...error, code: 'forbidden' } });
    expect(window.status).toBe('forbidden');
    views.windows.close(window);
    shows('w1', [5]);
    expect(window.rows).toEqual([]);
    expect(channel.sent.at(-1)).toEqual({ event: 'unwindow', data: { window: 'w1' } });
  });
});
