import type { ApprovalRow } from '@agencyos/contracts';
import { corpus, frozenEvents, replay } from '@agencyos/runtime/testing';
import { describe, expect, it } from '@jest/globals';
import { approvals } from '../src/service.js';

const logs = await corpus();
const histories = [...(await frozenEvents()), ...logs].map((history) => [history.name, history] as const);

describe('everything that was ever recorded is understood today', () => {
  it.each(histories)('%s', async (_, history) => {
    await expect(replay(approvals, history)).resolves.toBeDefined();
  });

  it('and the first day ends as it ended then', async () => {
    const { rows } = await replay(
      approvals,
      logs.find(({ name }) => name === '0.1.0/first-day')!,
    );
    const decided = rows.all<ApprovalRow>('approval').map(({ value }) => `${value.action.target} ${value.state}`);
    expect(decided).toEqual([
      'sample-repository 2.0.0 redeemed',
      'everyone rejected',
      'newsletter withdrawn',
      'newsletter expired',
      'newsletter revoked',
    ]);
    expect(rows.all('directory-roles', 'user/').map(({ value }) => value)).toMatchObject([
      { roles: ['admin'] },
      { roles: ['approver'] },
    ]);
  });
});
