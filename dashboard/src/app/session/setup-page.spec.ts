import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeConnection } from '../../test/fake-connection';
import { PageConnection } from '../live/connection';
import { Api, ProblemError } from './api';
import { SetupPage } from './setup-page';

const refusal = (status: number, code: string, detail: string) =>
  new ProblemError({ type: '', title: code, status, code, detail });

describe('the set-up link (fault 37)', () => {
  let fixture: ComponentFixture<SetupPage>;
  let answer: Error;

  beforeEach(() => {
    history.replaceState(null, '', '/setup#secret');
    TestBed.configureTestingModule({
      providers: [
        { provide: PageConnection, useValue: new FakeConnection() },
        { provide: Api, useValue: { post: () => Promise.reject(answer) } },
      ],
    });
    fixture = TestBed.createComponent(SetupPage);
    fixture.detectChanges();
  });

  const submit = async (): Promise<string | undefined> => {
    const page = fixture.nativeElement as HTMLElement;
    const password = page.querySelector<HTMLInputElement>('input[type=password]')!;
    password.value = 'correct horse battery staple';
    password.dispatchEvent(new Event('input'));
    fixture.detectChanges();
    page.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }));
    await fixture.whenStable();
    fixture.detectChanges();
    return page.querySelector('[role=alert]')?.textContent?.trim();
  };

  it.each([
    [
      409,
      'setup_closed',
      'The password is set already. Log in with it; `agencyos reset-password` sets a new one.',
    ],
    // Every start makes a new link until one was used: this one was replaced, and no password is set.
    [403, 'invalid_token', 'The file setup-url in the data folder holds the present one.'],
  ])('is refused in the words of who knows why: %s %s', async (status, code, detail) => {
    answer = refusal(status, code, detail);
    expect(await submit()).toBe(detail);
  });

  it('says so when nobody answers', async () => {
    answer = new TypeError('Failed to fetch');
    expect(await submit()).toMatch(/did not answer/);
  });
});
