import { Component, type Type } from '@angular/core';
import { TestBed, type ComponentFixture } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeConnection } from '../../test/fake-connection';
import { AgentsPage } from '../agents/agents-page';
import { BoardsPage } from '../board/boards-page';
import { ApprovalBrief } from '../inbox/approval-brief';
import { InboxPage } from '../inbox/inbox-page';
import { PageConnection } from '../live/connection';
import { OperationsPage } from '../operations/operations-page';
import { RunPage } from '../run/run-page';
import { RunsPage } from '../runs/runs-page';
import { Api } from '../session/api';
import { Overview } from '../shell/overview';

@Component({ template: '' })
class Elsewhere {}

/** Words that are true only of what has been read. */
const CLAIMS =
  /nothing|no agent|there is no|no incident|no runbook|everything answers|not watched|\b0 |no such|\d+ (service|working)/i;

describe.each<[string, Type<unknown>, Record<string, string>, string[], RegExp]>([
  ['runs', RunsPage, {}, ['run-list'], /There is no run yet/],
  ['agents', AgentsPage, {}, ['agents', 'run-list'], /No agent is registered/],
  ['operations', OperationsPage, {}, ['services', 'incidents', 'healing'], /No incident yet/],
  ['inbox', InboxPage, {}, ['inbox'], /Nothing waits for you/],
  ['boards', BoardsPage, {}, ['boards'], /There is no board yet/],
  ['run', RunPage, { runId: 'r1' }, ['run'], /There is no such run/],
  ['approval', ApprovalBrief, { approvalId: 'x' }, ['approval'], /There is no such request/],
])('%s (fault 31)', (_name, page, inputs, views, empty) => {
  let connection: FakeConnection;
  let fixture: ComponentFixture<unknown>;
  const text = () => (fixture.nativeElement as HTMLElement).textContent;

  beforeEach(async () => {
    globalThis.matchMedia ??= (() => ({ matches: true })) as unknown as typeof matchMedia;
    connection = new FakeConnection();
    TestBed.configureTestingModule({
      providers: [
        Overview,
        provideRouter([{ path: '**', component: Elsewhere }]),
        { provide: PageConnection, useValue: connection },
        { provide: Api, useValue: { get: async () => ({ users: [] }) } },
      ],
    });
    fixture = TestBed.createComponent(page);
    for (const [name, value] of Object.entries(inputs)) fixture.componentRef.setInput(name, value);
    await fixture.whenStable();
  });

  it('claims nothing while it loads, and shows what it will look like', () => {
    expect(text()).toMatch(/Loading/);
    expect(text()).not.toMatch(CLAIMS);
    expect((fixture.nativeElement as HTMLElement).querySelector('.skeleton')).not.toBeNull();
  });

  it('says what is not there once that is known', async () => {
    for (const kind of views) connection.shows(kind, Object.values(inputs)[0] ?? 'all', {});
    await fixture.whenStable();
    expect(text()).toMatch(empty);
    expect((fixture.nativeElement as HTMLElement).querySelector('.skeleton')).toBeNull();
  });
});
