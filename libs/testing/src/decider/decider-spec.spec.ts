import { describe, expect, it } from '@jest/globals';
import { isRejection, Rejection, type Decider } from '@agencyos/decider';
import { deciderSpec } from './decider-spec.js';

type Command = { type: 'Open'; data: { by?: string } };
type Event = { type: 'Opened'; data: { by?: string | undefined; at: string } };

const door: Decider<Command, { open: boolean }, Event> = {
  initialState: { open: false },
  decide({ data, metadata }, { open }) {
    if (open) throw new Rejection('already_exists', { detail: 'It is open.', present: 'open' });
    return [{ type: 'Opened', data: { by: data.by, at: metadata.now } }];
  },
  evolve: () => ({ open: true }),
};
const given = deciderSpec(door);
const at = '2026-02-03T04:05:06.789Z';

describe('the given/when/then kit', () => {
  it('compares events as they will be read back', () => {
    given().when({ type: 'Open', data: {} }, { now: at }).then({ type: 'Opened', data: { at } });
  });

  it('fails on other events', () => {
    const attempt = () =>
      given()
        .when({ type: 'Open', data: { by: 'x' } }, { now: at })
        .then({ type: 'Opened', data: { at } });
    expect(attempt).toThrow();
  });

  it('folds what was given, and compares a refusal with its details', () => {
    given({ type: 'Opened', data: { at } }).when({ type: 'Open', data: {} }).thenRejected('already_exists', { present: 'open' });
  });

  it('fails where a refusal was expected and events came, or another refusal', () => {
    expect(() => given().when({ type: 'Open', data: {} }).thenRejected('closed')).toThrow(/expected rejection closed/);
    const refused = given({ type: 'Opened', data: { at } }).when({ type: 'Open', data: {} });
    expect(() => refused.thenRejected('closed')).toThrow();
  });
});

describe('a rejection', () => {
  it('is 409 unless its code or its author says otherwise', () => {
    expect(new Rejection('wip_limit').status).toBe(409);
    expect(new Rejection('not_found').status).toBe(404);
    expect(new Rejection('self_approval', {}, 403).status).toBe(403);
  });

  it('is recognised, and a fault is not', () => {
    expect(isRejection(new Rejection('closed'))).toBe(true);
    expect(isRejection(new Error('closed'))).toBe(false);
  });
});
