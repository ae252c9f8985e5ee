import { ApplicationRef, Injector, runInInjectionContext, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeConnection } from '../../test/fake-connection';
import { Api } from '../session/api';
import { PageConnection } from './connection';
import { LiveClient, liveView, liveViews } from './live-client';

describe('the live client', () => {
  let connection: FakeConnection;
  let client: LiveClient;
  let read: string[];

  beforeEach(() => {
    connection = new FakeConnection();
    read = [];
    const get = async (path: string) => {
      read.push(path);
      return { kind: 'board', id: 'b1', epoch: 'e1', revision: 5, rows: { 'card/1': { n: 1 } } };
    };
    TestBed.configureTestingModule({
      providers: [
        { provide: PageConnection, useValue: connection },
        { provide: Api, useValue: { get } },
      ],
    });
    client = TestBed.inject(LiveClient);
  });

  it('has one view for all who read it', () => {
    const first = client.acquire('board', 'b1');
    expect(client.acquire('board', 'b1')).toBe(first);
    expect(connection.sent).toEqual([{ event: 'subscribe', data: { kind: 'board', id: 'b1' } }]);
  });

  it('shows rows as they come and go', () => {
    const view = client.acquire('board', 'b1');
    expect(view.status()).toBe('loading');
    connection.shows('board', 'b1', { 'card/1': { n: 1 }, board: { name: 'Release' } }, 5);
    expect(view.status()).toBe('ready');
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
    expect(view.revision()).toBe(9);
  });

  describe('before the first connection lives (fault 36)', () => {
    const settle = () => new Promise((resolve) => setTimeout(resolve));
    beforeEach(() => connection.status.set({ state: 'connecting', attempt: 0, since: 0 }));

    it('reads what a page is made of, and goes on from there', async () => {
      const view = client.acquire('board', 'b1');
      await settle();
      expect(view.list('card')).toEqual([{ n: 1 }]);
      connection.sent.length = 0;
      connection.says('welcome', { user: {} });
      expect(connection.sent).toEqual([
        { event: 'subscribe', data: { kind: 'board', id: 'b1', epoch: 'e1', revision: 5 } },
      ]);
    });

    it('keeps what came over the connection meanwhile', async () => {
      const view = client.acquire('board', 'b1');
      connection.shows('board', 'b1', { 'card/1': { n: 2 } }, 6);
      await settle();
      expect(view.list('card')).toEqual([{ n: 2 }]);
    });

    it('reads no details, and nothing once it lives', async () => {
      client.acquire('task-badge', 'r1');
      connection.status.set({ state: 'live', attempt: 0, since: 0 });
      client.acquire('board', 'b1');
      await settle();
      expect(read).toEqual([]);
    });
  });

  it('says what may not be seen, and waits out a service that is busy', () => {
    const view = client.acquire('directory', 'all');
    connection.says('error', { code: 'busy', kind: 'directory', id: 'all' });
    expect(view.status()).toBe('loading');
    connection.says('error', { code: 'forbidden', kind: 'directory', id: 'all', detail: 'no' });
    expect(view.status()).toBe('forbidden');
  });

  it('tells of a task’s progress as long as somebody follows', () => {
    const progress = client.follow('r1');
    expect(client.follow('r1')).toBe(progress);
    const beat = {
      taskId: 't',
      attempt: 1,
      at: '2026-11-22T10:00:00.000Z',
      holder: 'agent:command-1' as const,
    };
    connection.says('live', { kind: 'task', id: 'r1', data: { ...beat, line: 'half' } });
    expect(progress().get('t')?.line).toBe('half');
    client.unfollow('r1');
    expect(connection.sent.map(({ event }) => event)).toEqual(['live']);
    client.unfollow('r1');
    expect(connection.sent.map(({ event }) => event)).toEqual(['live', 'unlive']);
  });

  it('knows which views lack facts, of those that somebody looks at', () => {
    const view = client.acquire('board', 'b1');
    client.acquire('boards', 'all');
    const lacking = () => client.incomplete().map(({ kind }) => kind);
    expect(lacking()).toEqual([]);
    connection.says('snapshot', {
      kind: 'board',
      id: 'b1',
      epoch: 'e1',
      revision: 5,
      incompleteSince: 3,
      rows: {},
    });
    expect(lacking()).toEqual(['board']);
    client.release(view);
    expect(lacking()).toEqual([]);
  });

  it('moves a reader from view to view as its id changes', () => {
    const id = signal<string | undefined>(undefined);
    const view = runInInjectionContext(TestBed.inject(Injector), () => liveView('run', id));
    const tick = () => TestBed.inject(ApplicationRef).tick();
    tick();
    expect(view()).toBeUndefined();
    id.set('r1');
    tick();
    expect(view()?.id).toBe('r1');
    id.set('r2');
    tick();
    expect(view()?.id).toBe('r2');
    expect(client.acquire('run', 'r1').readers).toBe(1);
  });

  it('keeps the views that stay when a set of ids changes', () => {
    const ids = signal(['r1', 'r2']);
    const views = runInInjectionContext(TestBed.inject(Injector), () => liveViews('task-badge', ids));
    const tick = () => TestBed.inject(ApplicationRef).tick();
    tick();
    const kept = views().get('r2');
    ids.set(['r2', 'r3']);
    tick();
    expect([...views().keys()]).toEqual(['r2', 'r3']);
    expect(views().get('r2')).toBe(kept);
  });
});
