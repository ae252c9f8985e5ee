import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeConnection } from '../../test/fake-connection';
import { at } from '../../test/rows';
import { PageConnection } from '../live/connection';
import { Api } from '../session/api';
import { Outbox } from '../session/outbox';
import { Session } from '../session/session';
import { Overview } from '../shell/overview';
import { RunsPage } from './runs-page';

const run = (runId: string, state = 'running', workflowId = 'deploy') => ({
  ...{ runId, name: `Run ${runId}`, workflowId, version: 1, state, startedBy: 'user:me' },
  startedAt: at(Number(runId.replace(/\D/g, '')) || 0),
  ...(state !== 'running' && { endedAt: at(9_999) }),
  tasks: { total: 3, done: 1, failed: 0, running: 1, waiting: 0 },
});
const rows = (...runs: ReturnType<typeof run>[]) =>
  Object.fromEntries(runs.map((one) => [`run/${one.runId}`, one]));

describe('the list of runs', () => {
  let connection: FakeConnection;
  let harness: RouterTestingHarness;
  let sent: string[];
  let refused: Set<string>;
  let may: boolean;
  const page = () => harness.routeNativeElement!;
  const button = (words: string) =>
    [...document.querySelectorAll('button')].find(({ textContent }) => textContent.trim() === words);
  const names = () => [...page().querySelectorAll('.name')].map(({ textContent }) => textContent.trim());
  const settle = () => harness.fixture.whenStable();
  const open = async (path: string, given: ReturnType<typeof rows>) => {
    harness = await RouterTestingHarness.create(path);
    await settle();
    connection.shows('run-list', 'all', given);
    await settle();
  };
  /** What the list itself asks for. */
  const asked = () => connection.windows().findLast(({ limit }) => limit === 200);

  beforeEach(() => {
    [connection, sent, refused, may] = [new FakeConnection(), [], new Set(), true];
    const command = async (_context: string, _type: string, { runId }: { runId: string }) => {
      if (refused.has(runId)) throw new Error('no');
      sent.push(runId);
    };
    TestBed.configureTestingModule({
      providers: [
        Overview,
        provideRouter([{ path: 'runs', component: RunsPage }]),
        { provide: PageConnection, useValue: connection },
        { provide: Api, useValue: { get: async () => ({ users: [] }) } },
        { provide: Outbox, useValue: { command } },
        {
          provide: Session,
          useValue: {
            may: () => may,
            principal: signal('user:me'),
            me: signal(undefined),
            name: signal('one'),
          },
        },
      ],
    });
  });

  it('shows a window of them, the newest first, with how many there are', async () => {
    await open('/runs', rows(run('r1'), run('r3'), run('r2')));
    expect(names()).toEqual(['Run r3', 'Run r2', 'Run r1']);
    expect(page().querySelector('.count')?.textContent).toBe('3');
    expect(asked()).toMatchObject({ order: '-startedAt', offset: 0, limit: 200 });
  });

  it('is filtered by what its address says, and says how many of how many', async () => {
    await open(
      '/runs?show=failed&workflow=deploy',
      rows(run('r1'), run('r2', 'failed'), run('r3', 'failed', 'review')),
    );
    expect(asked()).toMatchObject({ filter: { state: ['failed'], workflowId: ['deploy'] } });
    expect(names()).toEqual(['Run r2']);
    expect(page().querySelector('.count')?.textContent).toBe('1 of 3');
    button('Going')!.click();
    await settle();
    expect(TestBed.inject(Router).url).toBe('/runs?show=going&workflow=deploy');
    expect(asked()).toMatchObject({ filter: { state: ['running', 'paused', 'cancelling'] } });
    const search = page().querySelector<HTMLInputElement>('input[type=search]')!;
    search.value = 'nightly';
    search.dispatchEvent(new Event('input'));
    await settle();
    expect(asked()).toMatchObject({ text: 'nightly' });
  });

  it('says that none is like what is looked for, and shows all again', async () => {
    await open('/runs?show=failed', rows(run('r1')));
    expect(page().textContent).toContain('No run is like this');
    button('Show all')!.click();
    await settle();
    expect(TestBed.inject(Router).url).toBe('/runs');
  });

  it('cancels those that are chosen once it was asked, and says what became of each', async () => {
    refused.add('r2');
    await open('/runs', rows(run('r1'), run('r2'), run('r3', 'failed')));
    const boxes = page().querySelectorAll<HTMLInputElement>('input[type=checkbox]');
    expect(boxes).toHaveLength(2);
    for (const box of boxes) box.click();
    await settle();
    button('Cancel 2…')!.click();
    await settle();
    expect(document.querySelector('[role=alertdialog]')?.textContent).toContain('Cancel 2 runs?');
    expect(sent).toEqual([]);
    button('Cancel 2 runs')!.click();
    await settle();
    expect(sent).toEqual(['r1']);
    const results = page().querySelector('.results')!.textContent;
    expect(results).toMatch(/Run r1.*is cancelled/s);
    expect(results).toMatch(/Run r2.*did not answer/s);
    expect(page().querySelectorAll('input:checked')).toHaveLength(0);
  });

  it('offers nothing to choose to who may not cancel', async () => {
    may = false;
    await open('/runs', rows(run('r1')));
    expect(page().querySelector('input[type=checkbox]')).toBeNull();
  });

  it('is made of the whole view for who does not see every board', async () => {
    harness = await RouterTestingHarness.create('/runs?show=failed');
    await settle();
    for (const { window, kind } of connection.windows())
      connection.says('error', { code: 'forbidden', window, kind, id: 'all', detail: 'no' });
    await settle();
    const given = rows(run('r1'), run('r2', 'failed'), run('r3', 'failed'));
    connection.says('snapshot', { kind: 'run-list', id: 'all', epoch: 'e1', revision: 1, rows: given });
    await settle();
    expect(names()).toEqual(['Run r3', 'Run r2']);
    expect(page().querySelector('.count')?.textContent).toBe('2 of 3');
  });
});
