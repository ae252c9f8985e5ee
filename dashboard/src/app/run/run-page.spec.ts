import { CUSTOM_ELEMENTS_SCHEMA } from '@angular/core';
import { TestBed, type ComponentFixture } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import type { TaskRow } from '@agencyos/contracts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { allFocusable, answerWith, question, settled } from '../../test/dialog';
import { FakeConnection } from '../../test/fake-connection';
import { at, task } from '../../test/rows';
import { PageConnection } from '../live/connection';
import { Api, ProblemError } from '../session/api';
import { Outbox } from '../session/outbox';
import { Session } from '../session/session';
import { Overview } from '../shell/overview';
import { Toaster } from '../ui/toaster';
import { RunGraph } from './run-graph';
import { RunPage } from './run-page';
import { RunTimeline } from './run-timeline';
import { TaskPanel } from './task-panel';

describe('what the page of a run can stop', () => {
  let connection: FakeConnection;
  let fixture: ComponentFixture<RunPage>;
  let sent: unknown[];
  let refusal: Error | undefined;
  const page = () => fixture.nativeElement as HTMLElement;
  const button = (text: string) =>
    [...page().querySelectorAll('button')].find(({ textContent }) => textContent?.includes(text));
  /** What the panel of the chosen task asks for. */
  const panelAsks = async (event: 'retried' | 'cancelled') => {
    page().querySelector('ao-task-panel')!.dispatchEvent(new CustomEvent(event));
    await fixture.whenStable();
  };
  const answer = async (words: string) => {
    answerWith(words);
    await settled();
    await fixture.whenStable();
  };

  async function show(
    row: Partial<TaskRow>,
    { run = {}, permissions = ['run:operate'] } = {},
  ): Promise<void> {
    const session = TestBed.inject(Session);
    await session.logIn('admin', 'x');
    Object.assign(session.me() as object, { permissions });
    fixture = TestBed.createComponent(RunPage);
    document.body.append(page());
    fixture.componentRef.setInput('runId', 'r1');
    await fixture.whenStable();
    connection.shows('run', 'r1', {
      run: {
        runId: 'r1',
        name: 'Release check',
        workflowId: 'release',
        version: 1,
        state: 'running',
        startedAt: at(0),
        startedBy: 'user:me',
        ...run,
      },
      'task/build': task('build', [], { startedAt: at(1), ...row }),
    });
    await fixture.whenStable();
  }

  beforeEach(() => {
    [connection, sent, refusal] = [new FakeConnection(), [], undefined];
    const api = {
      post: async () => ({}),
      get: async () => ({
        principal: 'user:me',
        user: { userId: 'me', name: 'admin', roles: [] },
        permissions: [],
      }),
    };
    const outbox = {
      command: async (context: string, type: string, data: object) => {
        if (refusal) throw refusal;
        sent.push({ context, type, ...data });
      },
    };
    TestBed.configureTestingModule({
      providers: [
        Overview,
        allFocusable,
        provideRouter([]),
        { provide: PageConnection, useValue: connection },
        { provide: Api, useValue: api },
        { provide: Outbox, useValue: outbox },
      ],
    });
    TestBed.overrideComponent(RunPage, {
      remove: { imports: [RunGraph, RunTimeline, TaskPanel] },
      add: { schemas: [CUSTOM_ELEMENTS_SCHEMA] },
    });
  });
  afterEach(() => fixture.destroy());

  describe('the run', () => {
    it('is cancelled once it was asked and said yes', async () => {
      await show({});
      button('Cancel run')!.click();
      await fixture.whenStable();
      expect(question()?.textContent).toContain('Cancel this run?');
      expect(sent).toEqual([]);
      await answer('Cancel run');
      expect(sent).toEqual([{ context: 'swarm', type: 'CancelRun', runId: 'r1' }]);
    });

    it('goes on for who goes back', async () => {
      await show({});
      button('Cancel run')!.click();
      await fixture.whenStable();
      await answer('Back');
      expect(sent).toEqual([]);
    });

    it.each([
      ['who may not', { permissions: ['run:read'] }],
      ['one that is being cancelled', { run: { state: 'cancelling' } }],
      ['one that has ended', { run: { state: 'failed', endedAt: at(9) } }],
    ])('is not offered to be cancelled for %s', async (_, given) => {
      await show({}, given);
      expect(page().textContent).toContain('Release check');
      expect(button('Cancel run')).toBeUndefined();
    });

    it('says why it was not cancelled', async () => {
      refusal = new ProblemError({
        type: '',
        title: 'No',
        status: 409,
        code: 'closed',
        detail: 'It has ended.',
      } as never);
      await show({});
      button('Cancel run')!.click();
      await fixture.whenStable();
      await answer('Cancel run');
      expect(TestBed.inject(Toaster).toasts()).toMatchObject([{ tone: 'refused', detail: 'closed' }]);
    });
  });

  describe('an attempt', () => {
    it('that runs is stopped and started again once it was asked and said yes', async () => {
      await show({ state: 'leased' });
      await panelAsks('retried');
      expect(question()?.textContent).toContain('Stop the running attempt?');
      await answer('Back');
      expect(sent).toEqual([]);
      await panelAsks('retried');
      await answer('Stop and start again');
      expect(sent).toEqual([{ context: 'swarm', type: 'RequeueTask', runId: 'r1', taskId: 'build' }]);
    });

    it('that failed is started again without a question: there is nothing to stop', async () => {
      await show({ state: 'failed' });
      await panelAsks('retried');
      expect(question()).toBeNull();
      expect(sent).toMatchObject([{ type: 'RequeueTask' }]);
    });

    it.each<[string, TaskRow['state'], string[]]>([
      ['of who may not', 'leased', ['run:read']],
      ['that has not begun', 'ready', ['run:operate']],
      ['that is done', 'succeeded', ['run:operate']],
    ])('%s is not touched', async (_, state, permissions) => {
      await show({ state }, { permissions });
      await panelAsks('retried');
      await settled();
      expect(question()).toBeNull();
      expect(sent).toEqual([]);
    });
  });

  it('cancels a task once it was asked and said yes', async () => {
    await show({ state: 'leased', title: 'Build the release' as TaskRow['title'] });
    await panelAsks('cancelled');
    expect(question()?.textContent).toContain('Cancel Build the release?');
    await answer('Back');
    expect(sent).toEqual([]);
    await panelAsks('cancelled');
    await answer('Cancel task');
    expect(sent).toEqual([{ context: 'swarm', type: 'CancelTask', runId: 'r1', taskId: 'build' }]);
  });
});
