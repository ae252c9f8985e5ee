import { describe, it } from '@jest/globals';
import { permissionsOf, type DirectoryEvent, type UserRole } from '@agencyos/contracts';
import { deciderSpec } from '@agencyos/testing/decider';
import { directoryDecider } from './directory.decider.js';

const owner = '01900000-0000-7000-8000-0000000000a1';
const other = '01900000-0000-7000-8000-0000000000a2';
const administrator = { permissions: permissionsOf(['admin']) };
const given = deciderSpec(directoryDecider);
const added = (userId: string, roles: UserRole[]): DirectoryEvent => ({
  type: 'UserAdded',
  data: { userId, roles, via: 'setup' },
});

describe('adding users', () => {
  it('opens with the first admin', () =>
    given()
      .when({ type: 'AddUser', data: { userId: owner, roles: ['admin'], via: 'setup' } }, administrator)
      .then(added(owner, ['admin'])));

  it('happens by set-up only once', () =>
    given(added(owner, ['admin']))
      .when({ type: 'AddUser', data: { userId: other, roles: ['admin'], via: 'setup' } })
      .thenRejected('setup_closed'));

  it('takes a user only once', () =>
    given(added(owner, ['admin']))
      .when({ type: 'AddUser', data: { userId: owner, roles: ['viewer'], via: 'invite' } })
      .thenRejected('already_exists'));
});

describe('changing roles', () => {
  it('keeps one admin', () =>
    given(added(owner, ['admin']))
      .when({ type: 'SetUserRoles', data: { userId: owner, roles: ['viewer'] } })
      .thenRejected('last_admin'));

  it('lets an admin go when another stays', () =>
    given(added(owner, ['admin']), added(other, ['admin']))
      .when({ type: 'SetUserRoles', data: { userId: owner, roles: ['viewer', 'viewer'] } }, administrator)
      .then({ type: 'UserRolesSet', data: { userId: owner, roles: ['viewer'] } }));

  it('records nothing when nothing changes', () =>
    given(added(owner, ['admin', 'viewer']))
      .when({ type: 'SetUserRoles', data: { userId: owner, roles: ['viewer', 'admin'] } })
      .then());

  it('knows only users that exist', () =>
    given()
      .when({ type: 'SetUserRoles', data: { userId: other, roles: ['viewer'] } })
      .thenRejected('not_found'));
});

describe('rights that somebody does not have themselves (fault 6)', () => {
  const mayNotVote = { permissions: permissionsOf(['admin']).filter((one) => one !== 'approval:vote') };

  it.each<UserRole>(['approver', 'admin'])('are not given with the role %s', (role) => {
    given(added(owner, ['admin']))
      .when({ type: 'AddUser', data: { userId: other, roles: [role], via: 'invite' } }, mayNotVote)
      .thenRejected('exceeds_issuer', { field: 'roles' });
    given(added(owner, ['admin']), added(other, ['viewer']))
      .when({ type: 'SetUserRoles', data: { userId: other, roles: ['viewer', role] } }, mayNotVote)
      .thenRejected('exceeds_issuer', { field: 'roles' });
  });

  it('stay where they are', () =>
    given(added(owner, ['admin']), added(other, ['approver']))
      .when({ type: 'SetUserRoles', data: { userId: other, roles: ['approver', 'operator'] } }, mayNotVote)
      .then({ type: 'UserRolesSet', data: { userId: other, roles: ['approver', 'operator'] } }));
});

describe('ending sessions', () => {
  const revoke = { type: 'RevokeSessions' as const, data: { userId: other } };

  it('is everyone’s own right', () =>
    given(added(owner, ['admin']), added(other, ['viewer']))
      .when(revoke, { actor: `user:${other}` })
      .then({ type: 'SessionsRevoked', data: { userId: other } }));

  it('is refused for somebody else’s', () =>
    given(added(owner, ['admin']), added(other, ['viewer']))
      .when(revoke, { actor: `user:${owner}`, permissions: ['board:read'] })
      .thenRejected('forbidden'));
});
