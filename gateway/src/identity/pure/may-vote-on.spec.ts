import { describe, expect, it } from '@jest/globals';
import { mayVoteOn } from './may-vote-on.js';

const asked = {
  stages: [{ of: ['role:approver', 'user:9'], need: 1 }],
  requester: 'service:swarm',
  excluded: ['user:7'],
  exclusions: [{ principal: 'user:6', as: 'run_starter' as const }],
  votes: [{ voter: 'user:5', vote: 'approve' as const, stage: 0, at: '2026-11-02T09:30:12.417Z' }],
};

describe('who may vote on an approval', () => {
  it('is whom a stage names, by role or by themselves, if they vote at all', () => {
    expect(mayVoteOn(asked, { userId: '1', roles: ['approver'] })).toBe(true);
    expect(mayVoteOn(asked, { userId: '9', roles: ['admin'] })).toBe(true);
    expect(mayVoteOn(asked, { userId: '9', roles: ['viewer'] })).toBe(false);
    expect(mayVoteOn(asked, { userId: '2', roles: ['admin'] })).toBe(false);
  });

  it.each(['5', '6', '7'])('is not who has voted or is excluded: %s', (userId) =>
    expect(mayVoteOn(asked, { userId, roles: ['approver'] })).toBe(false),
  );

  it('is not who asked', () =>
    expect(mayVoteOn({ ...asked, requester: 'user:1' }, { userId: '1', roles: ['approver'] })).toBe(false));
});
