import { TestBed } from '@angular/core/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Api, ProblemError, wordsOf } from './api';

it('a refusal is shown in the words of the server, anything else in ours', () => {
  const problem = { type: '', title: 'Full', status: 409, code: 'wip_limit' };
  expect(wordsOf(new ProblemError({ ...problem, detail: 'In progress is full: 4 of 4.' }))).toBe(
    'In progress is full: 4 of 4.',
  );
  expect(wordsOf(new ProblemError(problem))).toBe('Full');
  expect(wordsOf(new TypeError('Failed to fetch'))).toMatch(/Nothing was lost/);
});

describe('what was asked before the program was here (fault 36)', () => {
  const answer = (body: unknown) =>
    ({ ok: true, status: 200, text: async () => JSON.stringify(body) }) as Response;
  const path = '/api/v1/me';
  let api: Api;

  beforeEach(() => {
    globalThis.fetch = async () => answer('asked now');
    api = TestBed.inject(Api);
  });
  afterEach(() => {
    globalThis.agencyosAsked = undefined;
  });

  it('is taken once', async () => {
    globalThis.agencyosAsked = new Map([[path, Promise.resolve(answer('asked before'))]]);
    expect(await api.get(path)).toBe('asked before');
    expect(await api.get(path)).toBe('asked now');
  });

  it('is asked again where no answer came', async () => {
    globalThis.agencyosAsked = new Map([[path, Promise.resolve(undefined)]]);
    expect(await api.get(path)).toBe('asked now');
  });
});
