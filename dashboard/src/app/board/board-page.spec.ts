import { Component } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Router, provideRouter, withComponentInputBinding } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeConnection } from '../../test/fake-connection';
import { COLUMNS, card, ofTask } from '../../test/rows';
import { PageConnection } from '../live/connection';
import { Api } from '../session/api';
import { Session } from '../session/session';
import { Overview } from '../shell/overview';
import { paletteEntries } from '../palette/palette-entries';
import { BoardPage } from './board-page';

@Component({ template: '' })
class Elsewhere {}

describe('the page of a board', () => {
  const commands: { type: string; data: Record<string, unknown> }[] = [];
  let connection: FakeConnection;
  let harness: RouterTestingHarness;
  let revision: number;
  const settle = () => harness.fixture.whenStable();
  const focused = () => document.activeElement?.id;
  const press = async (key: string, target: EventTarget | null = document.activeElement) => {
    target?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    await settle();
  };
  const shows = async (...cards: ReturnType<typeof card>[]) => {
    const rows = {
      board: { boardId: 'b1', name: 'Release', key: 'REL', purpose: 'work', laneBy: 'none', revision },
      ...Object.fromEntries(COLUMNS.map((column) => [`column/${column.columnId}`, column])),
      ...Object.fromEntries(cards.map((one) => [`card/${one.cardId}`, one])),
    };
    connection.shows('board', 'b1', rows, (revision += 1));
    await settle();
  };

  beforeEach(async () => {
    commands.length = 0;
    revision = 0;
    globalThis.matchMedia ??= (() => ({ matches: true })) as unknown as typeof matchMedia;
    Element.prototype.animate ??= (() => ({ finished: Promise.resolve() })) as never;
    connection = new FakeConnection();
    const api = {
      get: async (path: string) =>
        path.endsWith('/users')
          ? { users: [{ userId: 'me', name: 'admin' }] }
          : {
              principal: 'user:me',
              user: { userId: 'me', name: 'admin', roles: ['admin'] },
              permissions: ['board:write', 'approval:read'],
            },
      post: async () => ({}),
      command: async (_context: string, type: string, data: Record<string, unknown>) => {
        commands.push({ type, data });
        return { stream: 's', revision: 1, position: '1' };
      },
    };
    TestBed.configureTestingModule({
      providers: [
        Overview,
        provideRouter(
          [
            { path: 'boards/:boardId', component: BoardPage },
            { path: '**', component: Elsewhere },
          ],
          withComponentInputBinding(),
        ),
        { provide: PageConnection, useValue: connection },
        { provide: Api, useValue: api },
      ],
    });
    await TestBed.inject(Session).logIn('admin', 'x');
    harness = await RouterTestingHarness.create('/boards/b1');
    document.body.append(harness.fixture.nativeElement as HTMLElement);
    await settle();
  });

  it('says that only its members see it, and who does all the same (fault 11)', async () => {
    const said = () => document.querySelector('ao-board-page')?.textContent?.includes('Only its members see');
    await shows(card('a', 'todo', 'a'));
    expect(said()).toBe(false);
    const board = { boardId: 'b1', name: 'Release', key: 'REL', purpose: 'work', laneBy: 'none', revision };
    connection.shows('board', 'b1', { board: { ...board, visibility: 'members' } }, (revision += 1));
    await settle();
    expect(said()).toBe(true);
  });

  describe('the focus (fault 34)', () => {
    const [a, b] = [card('a', 'todo', 'a'), card('b', 'todo', 'b')];

    beforeEach(async () => {
      await shows(a, b);
      document.getElementById('card-a')?.focus();
    });

    it('goes with its card to another column', async () => {
      await shows(card('a', 'done', 'a'), b);
      expect(document.activeElement?.closest('ul')?.getAttribute('aria-label')).toBe('done');
      expect(focused()).toBe('card-a');
    });

    it('goes with its card to the failed ones', async () => {
      const blocked = { reason: 'exit 1', failed: true, since: '2026-01-01T00:00:00Z' };
      await shows(card('a', 'todo', 'a', { ...ofTask('lint'), blocked } as never), b);
      expect(document.activeElement?.closest('ao-failed-lane')).not.toBeNull();
    });

    it('goes to the neighbour of a card that is archived', async () => {
      await shows(b);
      expect(focused()).toBe('card-b');
    });

    it('stays where it was put elsewhere', async () => {
      document.querySelector<HTMLElement>('input[type=search]')?.focus();
      await shows(b);
      expect(document.activeElement?.tagName).toBe('INPUT');
    });
  });

  describe('a card (fault 34)', () => {
    const field = (name: string) => document.querySelector<HTMLInputElement>(`[data-field=${name}]`);
    const save = async () => {
      document.querySelector<HTMLFormElement>('ao-card-editor form')?.requestSubmit();
      await settle();
    };

    it('is edited where it is read: what differs is sent', async () => {
      await shows(card('a', 'todo', 'a', { labels: ['bug'] }));
      document.getElementById('card-a')?.focus();
      await press('p');
      await settle();
      expect(document.activeElement).toBe(field('priority'));
      field('title')!.value = 'Rotate the key';
      field('labels')!.value = 'bug, security, bug';
      field('assignees')!.checked = true;
      await save();
      expect(commands).toMatchObject([
        {
          type: 'EditCards',
          data: { cardIds: ['a'], changes: { title: 'Rotate the key', labels: ['bug', 'security'] } },
        },
        { type: 'AssignCard', data: { cardId: 'a', assignees: ['user:me'] } },
      ]);
      expect(field('title')).toBeNull();
    });

    it('that follows a task keeps its title', async () => {
      await shows(card('a', 'doing', 'a', ofTask('lint')));
      document.getElementById('card-a')?.focus();
      await press('e');
      await settle();
      expect(field('title')?.disabled).toBe(true);
      field('priority')!.value = 'high';
      await save();
      expect(commands).toMatchObject([{ type: 'EditCards', data: { changes: { priority: 'high' } } }]);
    });
  });

  it('lends its cards to the palette, by title and number (fault 34)', async () => {
    connection.shows('boards', 'all', {
      'board/b1': { boardId: 'b1', name: 'Release', key: 'REL', purpose: 'work' },
    });
    await shows(card('a', 'todo', 'a', { title: 'Rotate the key' as never, number: 7 }));
    const entries = TestBed.runInInjectionContext(() => paletteEntries());
    TestBed.tick();
    const found = entries().find(({ group }) => group === 'Cards');
    expect(found).toMatchObject({ label: 'Rotate the key', note: 'REL-7' });
    found?.run();
    await settle();
    expect(TestBed.inject(Router).url).toBe('/boards/b1?card=a');
  });
});
