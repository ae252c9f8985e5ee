import { describe, it } from '@jest/globals';
import type { TokenCommand, TokenEvent } from '@agencyos/contracts';
import { deciderSpec } from '@agencyos/testing/decider';
import { tokenDecider } from './token.decider.js';

const tokenId = '01900000-0000-7000-8000-0000000000b1';
const user = 'user:01900000-0000-7000-8000-0000000000aa';
const issue: TokenCommand = {
  type: 'IssueToken',
  data: { tokenId, principal: user, permissions: ['board:read'] },
};
const issued = issue as unknown as TokenEvent & { type: 'TokenIssued' };
const given = deciderSpec(tokenDecider);

describe('tokens', () => {
  it('are issued to oneself within one’s own rights', () =>
    given()
      .when(issue, { actor: user, permissions: ['board:read'] })
      .then({ ...issued, type: 'TokenIssued' }));

  it('never exceed the issuer', () =>
    given()
      .when(issue, { actor: user, permissions: ['run:read'] })
      .thenRejected('exceeds_issuer', { field: 'permissions' }));

  it('are issued to others only by an administrator', () =>
    given()
      .when(issue, { actor: 'user:01900000-0000-7000-8000-0000000000ab', permissions: ['board:read'] })
      .thenRejected('forbidden'));

  it('come from the installation itself at first start', () =>
    given()
      .when(issue, { actor: 'system:setup', permissions: [] })
      .then({ ...issued, type: 'TokenIssued' }));

  it('are revoked once', () => {
    const first = { ...issued, type: 'TokenIssued' as const };
    given(first)
      .when({ type: 'RevokeToken', data: { tokenId } }, { actor: user })
      .then({ type: 'TokenRevoked', data: { tokenId } });
    given(first, { type: 'TokenRevoked', data: { tokenId } })
      .when({ type: 'RevokeToken', data: { tokenId } }, { actor: user })
      .then();
  });

  it('must exist to be revoked', () => given().when({ type: 'RevokeToken', data: { tokenId } }).thenRejected('not_found'));
});
