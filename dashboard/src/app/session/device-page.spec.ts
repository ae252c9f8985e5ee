import { TestBed, type ComponentFixture } from '@angular/core/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeConnection } from '../../test/fake-connection';
import { at } from '../../test/rows';
import { PageConnection } from '../live/connection';
import { Api, ProblemError } from './api';
import { DevicePage } from './device-page';
import { Session } from './session';

describe('the page that signs a command line in (fault 6)', () => {
  const asked: string[] = [];
  const answered: object[] = [];
  let refusal: { status: number; code: string; detail: string } | undefined;
  let fixture: ComponentFixture<DevicePage>;
  const page = () => fixture.nativeElement as HTMLElement;
  const text = () => page().textContent.replace(/\s+/g, ' ');
  const button = (name: string) =>
    [...page().querySelectorAll('button')].find(({ textContent }) => textContent.trim() === name);
  const press = async (name: string) => {
    button(name)?.click();
    await fixture.whenStable();
  };

  beforeEach(async () => {
    asked.length = 0;
    answered.length = 0;
    refusal = undefined;
    const api = {
      get: async (path: string) => {
        if (path.endsWith('/me'))
          return {
            principal: 'user:me',
            user: { userId: 'me', name: 'admin', roles: ['admin'] },
            permissions: [],
          };
        asked.push(path);
        if (refusal) throw new ProblemError({ type: '', title: 'No', ...refusal });
        return { code: 'BCDF-GHJK', from: '192.0.2.7', askedAt: at(0) };
      },
      post: async (path: string, body: object) => {
        if (path.endsWith('/answer')) answered.push(body);
        return {};
      },
    };
    TestBed.configureTestingModule({
      providers: [
        { provide: PageConnection, useValue: new FakeConnection() },
        { provide: Api, useValue: api },
      ],
    });
    await TestBed.inject(Session).logIn('admin', 'x');
    fixture = TestBed.createComponent(DevicePage);
    fixture.componentRef.setInput('code', 'bcdf-ghjk');
    await fixture.whenStable();
  });

  it('takes the code from the address and asks nothing before it is told to', () => {
    expect(page().querySelector('input')?.value).toBe('bcdf-ghjk');
    expect(asked).toEqual([]);
  });

  it('says who asks, from where and for whom, and denying comes first', async () => {
    await press('Next');
    expect(asked).toEqual(['/api/v1/device/BCDF-GHJK']);
    expect(text()).toMatch(
      /at 192\.0\.2\.7 asked at .* with the code BCDF-GHJK to act as admin for 15 minutes/,
    );
    expect([...page().querySelectorAll('button')].map(({ textContent }) => textContent.trim())).toEqual([
      'No, deny it',
      'Yes, sign it in',
    ]);
    expect(answered).toEqual([]);
  });

  it.each([
    ['Yes, sign it in', true, /Signed in ?The command line acts for you for 15 minutes/],
    ['No, deny it', false, /Denied ?Nobody was signed in/],
  ])('%s', async (name, confirm, words) => {
    await press('Next');
    await press(name);
    expect(answered).toEqual([{ code: 'BCDF-GHJK', confirm }]);
    expect(text()).toMatch(words);
    expect(page().querySelector('form')).toBeNull();
  });

  it.each([
    [
      { status: 404, code: 'not_found', detail: 'No command line waits with this code.' },
      /No command line waits/,
    ],
    [{ status: 400, code: 'malformed_id', detail: 'The id is not valid.' }, /A code looks like BCDF-GHJK/],
  ])('says what is wrong with a code: %j', async (problem, words) => {
    refusal = problem;
    await press('Next');
    expect(page().querySelector('[role=alert]')?.textContent).toMatch(words);
    refusal = undefined;
    await press('Next');
    expect(text()).toMatch(/Was it you/);
  });
});
