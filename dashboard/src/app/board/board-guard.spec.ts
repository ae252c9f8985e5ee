import { Component } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeConnection } from '../../test/fake-connection';
import { PageConnection } from '../live/connection';
import { Api } from '../session/api';
import { boardGuard } from './board-guard';
import { rememberBoard } from './board-to-open';

@Component({ template: '' })
class Page {}

const board = (boardId: string, name: string, purpose: string) => ({ boardId, name, key: 'K', purpose });

describe('the address of the boards (fault 36)', () => {
  let rows: Record<string, object> | undefined;
  const opened = async () => {
    await RouterTestingHarness.create('/boards');
    return TestBed.inject(Router).url;
  };

  beforeEach(() => {
    localStorage.clear();
    rows = {
      'board/ops': board('ops', 'Alarms', 'operations'),
      'board/b': board('b', 'Release', 'work'),
      'board/t': board('t', 'A pattern', 'template'),
      'board/a': board('a', 'Billing', 'work'),
    };
    const connection = new FakeConnection();
    connection.status.set({ state: 'connecting', attempt: 0, since: 0 });
    const get = async () => {
      if (!rows) throw new TypeError('network');
      return { kind: 'boards', id: 'all', epoch: 'e1', revision: 1, rows };
    };
    TestBed.configureTestingModule({
      providers: [
        { provide: PageConnection, useValue: connection },
        { provide: Api, useValue: { get } },
        provideRouter([
          { path: 'boards', canActivate: [boardGuard], component: Page },
          { path: 'boards/:boardId', component: Page },
        ]),
      ],
    });
  });

  it('leads to the first work board before the connection lives', async () =>
    expect(await opened()).toBe('/boards/a'));

  it('leads to the board that was looked at last, as long as there is one', async () => {
    rememberBoard('ops');
    expect(await opened()).toBe('/boards/ops');
    rememberBoard('gone');
    await TestBed.inject(Router).navigateByUrl('/boards');
    expect(TestBed.inject(Router).url).toBe('/boards/a');
  });

  it('shows its own page while no board is known', async () => {
    rows = undefined;
    expect(await opened()).toBe('/boards');
  });
});
