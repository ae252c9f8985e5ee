import { TestBed, type ComponentFixture } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { allFocusable, answerWith, question, settled } from '../../test/dialog';
import { FakeConnection } from '../../test/fake-connection';
import { at } from '../../test/rows';
import { PageConnection } from '../live/connection';
import { Api, ProblemError } from '../session/api';
import { Outbox } from '../session/outbox';
import { Session } from '../session/session';
import { Toaster } from '../ui/toaster';
import { OperationsPage } from './operations-page';

describe('what operations can stop', () => {
  let connection: FakeConnection;
  let fixture: ComponentFixture<OperationsPage>;
  let sent: unknown[];
  let posted: { path: string; headers: Record<string, string> }[];
  let refusal: Error | undefined;
  const page = () => fixture.nativeElement as HTMLElement;
  const button = (text: string) =>
    [...page().querySelectorAll('button')].find((found) =>
      (found.getAttribute('aria-label') ?? found.textContent)?.includes(text),
    );
  const press = async (text: string) => {
    button(text)!.click();
    await fixture.whenStable();
  };
  const answer = async (words: string) => {
    answerWith(words);
    await settled();
    await fixture.whenStable();
  };

  async function show(mode: string, permissions = ['ops:operate']): Promise<void> {
    const session = TestBed.inject(Session);
    await session.logIn('admin', 'x');
    Object.assign(session.me() as object, { permissions });
    fixture = TestBed.createComponent(OperationsPage);
    document.body.append(page());
    await fixture.whenStable();
    connection.shows('services', 'all', {
      'target/kanban': { targetId: 'kanban', driver: 'supervisor', state: 'healthy', since: at(0) },
    });
    connection.shows('healing', 'all', { mode: { mode, by: 'user:me', at: at(0), targetIds: [] } });
    connection.shows('incidents', 'all', {});
    await fixture.whenStable();
  }

  beforeEach(() => {
    [connection, sent, posted, refusal] = [new FakeConnection(), [], [], undefined];
    const api = {
      post: async (path: string, _body: object, headers: Record<string, string> = {}) => {
        if (!path.startsWith('/api/v1/processes/')) return {};
        if (refusal) throw refusal;
        posted.push({ path, headers });
        return {};
      },
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
        allFocusable,
        provideRouter([]),
        { provide: PageConnection, useValue: connection },
        { provide: Api, useValue: api },
        { provide: Outbox, useValue: outbox },
      ],
    });
  });
  afterEach(() => fixture.destroy());

  it('stops all repairs once it was asked and said yes', async () => {
    await show('live');
    await press('Stop all repairs');
    expect(question()?.textContent).toContain('keeps watching 1 service');
    expect(sent).toEqual([]);
    await answer('Stop all repairs');
    expect(sent).toEqual([
      { context: 'healer', type: 'SetHealingMode', mode: 'stopped', targetIds: [], why: 'person' },
    ]);
    expect(question()).toBeNull();
  });

  it('stops nothing for who goes back', async () => {
    await show('live');
    await press('Stop all repairs');
    await answer('Back');
    expect(sent).toEqual([]);
  });

  it('resumes at once, and offers no second stop meanwhile', async () => {
    await show('stopped');
    expect(button('Stop all repairs')).toBeUndefined();
    await press('Resume repairs');
    expect(sent).toMatchObject([{ type: 'SetHealingMode', mode: 'live' }]);
  });

  it('offers neither to who may not, nor a restart', async () => {
    for (const mode of ['live', 'stopped']) {
      await show(mode, ['ops:read']);
      for (const words of ['Stop all repairs', 'Resume repairs', 'Restart kanban'])
        expect(button(words)).toBeUndefined();
      fixture.destroy();
    }
  });

  it('says why it was refused', async () => {
    refusal = new ProblemError({
      type: '',
      title: 'No',
      status: 403,
      code: 'forbidden',
      detail: 'Not yours to stop.',
    } as never);
    await show('live');
    await press('Stop all repairs');
    await answer('Stop all repairs');
    expect(TestBed.inject(Toaster).toasts()).toMatchObject([{ tone: 'refused', detail: 'forbidden' }]);
  });

  it('restarts a service once it was asked and said yes, each time under a new key', async () => {
    await show('live');
    await press('Restart kanban');
    await answer('Back');
    expect(posted).toEqual([]);
    for (let n = 0; n < 2; n++) {
      await press('Restart kanban');
      await answer('Restart');
    }
    expect(posted.map(({ path }) => path)).toEqual(Array(2).fill('/api/v1/processes/kanban/restart'));
    expect(new Set(posted.map(({ headers }) => headers['idempotency-key'])).size).toBe(2);
  });
});
