import { TestBed } from '@angular/core/testing';
import { describe, expect, it, jest } from '@jest/globals';
import { PageConnection } from '../live/connection';
import { LiveClient } from '../live/live-client';
import { Api } from './api';
import { Session } from './session';

describe('a session that ends', () => {
  it('leaves nothing that was answered to its person', async () => {
    const forget = jest.fn();
    const get = async () => ({ principal: 'user:one', permissions: [] });
    TestBed.configureTestingModule({
      providers: [
        { provide: Api, useValue: { get, post: async () => undefined } },
        { provide: PageConnection, useValue: { open: () => undefined, close: () => undefined } },
        { provide: LiveClient, useValue: { forget } },
      ],
    });
    const session = TestBed.inject(Session);
    await session.resume();
    expect(session.principal()).toBe('user:one');
    globalThis.agencyosAsked = new Map([['/api/v1/views/board/b1', Promise.resolve(undefined)]]);
    await session.logOut();
    expect(session.principal()).toBeUndefined();
    expect(forget).toHaveBeenCalledTimes(1);
    expect(globalThis.agencyosAsked.size).toBe(0);
    globalThis.agencyosAsked = undefined;
  });
});
