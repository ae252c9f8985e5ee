import { Component } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeConnection } from '../../test/fake-connection';
import { at } from '../../test/rows';
import { PageConnection } from '../live/connection';
import { Api } from '../session/api';
import { Overview } from '../shell/overview';
import { InboxPage } from './inbox-page';

@Component({ template: 'brief' })
class Brief {}

const row = (approvalId: string, state = 'open') => ({
  ...{ approvalId, state, title: `Publish ${approvalId}`, kind: 'publish', target: 't', risk: 'low' },
  ...{ origin: { kind: 'external', id: 'e' }, requester: 'service:swarm', need: 1, approvals: 0 },
  ...{ requestedAt: at(0), expiresAt: at(3_600) },
});

describe('the inbox', () => {
  const { matchMedia } = globalThis;
  let wide: boolean;
  let connection: FakeConnection;
  const opened = async (path: string, rows: object[]) => {
    const harness = await RouterTestingHarness.create(path);
    connection.shows('inbox', 'all', Object.fromEntries(rows.map((one, n) => [`approval/${n}`, one])));
    await harness.fixture.whenStable();
    return TestBed.inject(Router).url;
  };

  beforeEach(() => {
    wide = true;
    globalThis.matchMedia = (() => ({ matches: wide })) as unknown as typeof matchMedia;
    connection = new FakeConnection();
    TestBed.configureTestingModule({
      providers: [
        { provide: PageConnection, useValue: connection },
        { provide: Api, useValue: {} },
        Overview,
        provideRouter([
          { path: 'inbox', component: InboxPage, children: [{ path: ':approvalId', component: Brief }] },
        ]),
      ],
    });
  });
  afterEach(() => {
    globalThis.matchMedia = matchMedia;
  });

  it('opens the first that waits where list and brief stand side by side', async () =>
    expect(await opened('/inbox', [row('done', 'granted'), row('first')])).toBe('/inbox/first'));

  it('leaves a choice as it is', async () =>
    expect(await opened('/inbox/second', [row('first'), row('second')])).toBe('/inbox/second'));

  it('waits when nothing waits', async () => {
    expect(await opened('/inbox', [row('done', 'granted')])).toBe('/inbox');
  });

  it('shows the list first on a phone', async () => {
    wide = false;
    expect(await opened('/inbox', [row('first')])).toBe('/inbox');
  });
});
