import type { DirectoryToken, DirectoryUser } from '@agencyos/contracts';
import { corpus, frozenEvents, replay, type History } from '@agencyos/runtime/testing';
import { describe, expect, it } from '@jest/globals';
import { sessionReactions } from '../src/identity/sessions.reactions.js';
import { identity } from '../src/service.js';

/** Sessions and tokens of that time have rows no more. */
const revoked = {
  closeSessions: () => Promise.resolve(),
  forgetToken: () => Promise.resolve(),
  withdrawInvitation: () => Promise.resolve(),
};
const replayed = (history: History) => replay((core) => ({ ...identity(core), reactions: [sessionReactions(revoked)] }), history);

const logs = await corpus();
const histories = [...(await frozenEvents()), ...logs].map((history) => [history.name, history] as const);

describe('everything that was ever recorded is understood today', () => {
  it.each(histories)('%s', async (_, history) => {
    await expect(replayed(history)).resolves.toBeDefined();
  });

  it('and the first day ends as it ended then', async () => {
    const { rows } = await replayed(logs.find(({ name }) => name === '0.1.0/first-day')!);
    const users = rows.all<DirectoryUser>('directory', 'user/').map(({ value }) => value.roles);
    expect(users).toEqual([['admin'], ['approver']]);
    const tokens = rows.all<DirectoryToken>('directory', 'token/').map(({ value }) => value.revoked);
    expect(tokens).toEqual([false, false, false, true]);
  });
});
