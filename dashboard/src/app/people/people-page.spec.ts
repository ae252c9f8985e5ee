import { TestBed, type ComponentFixture } from '@angular/core/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WaitingVote } from '@agencyos/contracts';
import { allFocusable, answerWith, question, settled } from '../../test/dialog';
import { FakeConnection } from '../../test/fake-connection';
import { at } from '../../test/rows';
import { PageConnection } from '../live/connection';
import { Api } from '../session/api';
import { Outbox } from '../session/outbox';
import { Toaster } from '../ui/toaster';
import { PeoplePage } from './people-page';
import { waitingWords } from './pure/waiting-words';

const robin = {
  ...{ userId: 'u1', name: 'robin', roles: ['approver'], groups: ['ops'], state: 'active' },
  ...{ sessions: 1, tokens: [] },
};
const link = { url: 'http://127.0.0.1/welcome#secret', expiresAt: at(0) };
const vote = (title: string, alone: boolean) =>
  ({ approvalId: 'a', title, expiresAt: at(0), alone }) as WaitingVote;

describe('people', () => {
  let fixture: ComponentFixture<PeoplePage>;
  let commands: unknown[];
  let waiting: WaitingVote[];
  const page = () => fixture.nativeElement as HTMLElement;
  const press = async (found: HTMLElement | null | undefined) => {
    found!.click();
    await settled();
    await fixture.whenStable();
  };
  const openMenu = () => press(page().querySelector<HTMLElement>('[aria-label="Actions for robin"]'));
  const item = (text: string) =>
    [...document.querySelectorAll<HTMLElement>('.menu-item')].find((one) => one.textContent?.includes(text));

  beforeEach(async () => {
    [commands, waiting] = [[], []];
    const api = {
      get: async (path: string) =>
        path.endsWith('/waiting')
          ? { approvals: waiting }
          : { people: [robin], groups: [{ groupId: 'ops', name: 'Operations' }], users: [] },
      post: async () => ({ userId: 'u2', link }),
    };
    const command = async (_context: string, type: string, data: object) =>
      void commands.push({ type, ...data });
    TestBed.configureTestingModule({
      providers: [
        { provide: Api, useValue: api },
        { provide: Outbox, useValue: { command } },
        { provide: PageConnection, useValue: new FakeConnection() },
        allFocusable,
      ],
    });
    fixture = TestBed.createComponent(PeoplePage);
    document.body.append(page());
    await fixture.whenStable();
    await settled();
    await fixture.whenStable();
  });
  afterEach(() => document.body.replaceChildren());

  it('are shown with what they may, and in their groups', () => {
    const words = page().textContent?.replace(/\s+/g, ' ');
    expect(words).toContain('robin');
    expect(words).toContain('Approver');
    expect(page().querySelector('.groups li')?.textContent).toContain('robin');
  });

  it('are disabled only after one was told what waits for their vote, and told so again', async () => {
    waiting = [vote('Publish', true)];
    await openMenu();
    await press(item('Disable'));
    expect(question()?.textContent).toContain('Nobody else may decide: Publish.');
    expect(commands).toEqual([]);
    answerWith('Disable');
    await settled();
    expect(commands).toEqual([{ type: 'DisableUser', userId: 'u1' }]);
    expect(TestBed.inject(Toaster).toasts().at(-1)?.text).toContain('Nobody else may decide: Publish.');
  });

  it('have the roles and groups that are chosen, and keep what is not changed', async () => {
    await openMenu();
    await press(item('Roles and groups'));
    const dialog = document.querySelector('ao-person-dialog')!;
    const box = (text: string) =>
      [...dialog.querySelectorAll('label')]
        .find((one) => one.textContent?.includes(text))!
        .querySelector('input');
    expect([box('Approver')?.checked, box('Viewer')?.checked, box('Operations')?.checked]).toEqual([
      true,
      false,
      true,
    ]);
    await press(box('Viewer'));
    await press(box('Operations'));
    dialog.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }));
    await settled();
    expect(commands).toEqual([
      { type: 'SetUserRoles', userId: 'u1', roles: ['approver', 'viewer'] },
      { type: 'ChangeGroupMembers', groupId: 'ops', add: [], remove: ['u1'] },
    ]);
  });

  it('are added by a link that is shown', async () => {
    await press(
      [...page().querySelectorAll<HTMLElement>('.btn')].find((one) =>
        one.textContent?.includes('Add person'),
      ),
    );
    const name = document.querySelector<HTMLInputElement>('ao-new-person-dialog input[name=name]')!;
    name.value = 'Sam';
    name.dispatchEvent(new Event('input'));
    document
      .querySelector('ao-new-person-dialog form')!
      .dispatchEvent(new Event('submit', { cancelable: true }));
    await settled();
    await fixture.whenStable();
    expect(document.querySelector('ao-new-person-dialog')?.textContent).toContain(link.url);
  });
});

it('what waits is said, and who else could', () => {
  expect(waitingWords([])).toBe('Nothing waits for their vote.');
  expect(waitingWords([vote('A', true), vote('B', false), vote('C', false)])).toBe(
    'Nobody else may decide: A. Others may decide instead: B; C.',
  );
});
