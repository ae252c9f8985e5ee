import { ApplicationRef } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeConnection } from '../../test/fake-connection';
import { at, task } from '../../test/rows';
import { PageConnection } from '../live/connection';
import { Overview } from '../shell/overview';
import { RunStore } from './run-store';

describe('a run', () => {
  let connection: FakeConnection;
  let store: RunStore;
  const run = { runId: 'r1', name: 'Release check', state: 'running', startedAt: at(0) };

  beforeEach(() => {
    connection = new FakeConnection();
    TestBed.configureTestingModule({
      providers: [RunStore, Overview, { provide: PageConnection, useValue: connection }],
    });
    store = TestBed.inject(RunStore);
    store.runId.set('r1');
    TestBed.inject(ApplicationRef).tick();
    connection.shows('run', 'r1', {
      run,
      'task/clone': task('clone', []),
      'task/notes': task('notes', ['clone'], { routes: ['reviewer'] } as never),
    });
  });

  const put = (from: number, row: ReturnType<typeof task>) =>
    connection.says('delta', {
      kind: 'run',
      id: 'r1',
      epoch: 'e1',
      from,
      to: from + 1,
      ops: [{ op: 'put', key: `task/${row.taskId}`, value: row }],
    });

  it('is laid out once and not at every step', () => {
    const drawing = store.drawing();
    put(1, task('clone', [], { state: 'leased', startedAt: at(1) } as never));
    expect(store.task('clone')?.state).toBe('leased');
    expect(store.drawing()).toBe(drawing);
  });

  it('is laid out again when tasks are planned', () => {
    const drawing = store.drawing();
    put(1, task('publish', ['notes']));
    expect(store.drawing()).not.toBe(drawing);
    expect(store.tasks().map(({ taskId }) => taskId)).toEqual(['clone', 'notes', 'publish']);
  });

  it('draws a role that the work was handed to although it was not foreseen', () => {
    const handoff = { fromRole: 'notes', toRole: 'legal', reason: 'licence', hop: 1, at: at(9) };
    put(1, task('notes', ['clone'], { routes: ['reviewer'], handoffs: [handoff] } as never));
    expect(store.drawing().nodes.map(({ id }) => id)).toContain('notes→legal');
  });
});
