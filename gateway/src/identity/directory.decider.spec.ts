import { describe, it } from '@jest/globals';
import { permissionsOf, text, type DirectoryEvent, type UserRole } from '@agencyos/contracts';
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

describe('disabling', () => {
  const disable = (userId: string) => ({ type: 'DisableUser' as const, data: { userId } });
  const disabled = (userId: string): DirectoryEvent => ({ type: 'UserDisabled', data: { userId } });

  it('takes anybody but the last who administers', () => {
    given(added(owner, ['admin']), added(other, ['viewer']))
      .when(disable(other), administrator)
      .then(disabled(other));
    given(added(owner, ['admin']), added(other, ['viewer']))
      .when(disable(owner), administrator)
      .thenRejected('last_admin');
  });

  it('leaves nobody to administer who is disabled', () => {
    const rest = [added(owner, ['admin']), added(other, ['admin']), disabled(other)] as const;
    given(...rest)
      .when(disable(owner), administrator)
      .thenRejected('last_admin');
    given(...rest)
      .when({ type: 'SetUserRoles', data: { userId: owner, roles: ['viewer'] } }, administrator)
      .thenRejected('last_admin');
    given(...rest)
      .when({ type: 'SetUserRoles', data: { userId: other, roles: ['viewer'] } }, administrator)
      .then({ type: 'UserRolesSet', data: { userId: other, roles: ['viewer'] } });
  });

  it('records nothing twice, and nobody enables one with more rights than their own', () => {
    const gone = [added(owner, ['admin']), added(other, ['approver']), disabled(other)] as const;
    const enable = { type: 'EnableUser' as const, data: { userId: other } };
    given(...gone)
      .when(disable(other), administrator)
      .then();
    given(...gone)
      .when(enable, { permissions: ['identity:admin'] })
      .thenRejected('exceeds_issuer');
    given(...gone)
      .when(enable, administrator)
      .then({ type: 'UserEnabled', data: { userId: other } });
    given(added(other, ['approver']))
      .when(enable, administrator)
      .then();
  });
});

describe('groups', () => {
  const group: DirectoryEvent = { type: 'GroupAdded', data: { groupId: 'ops', name: text('Operations') } };
  const change = (add: string[], remove: string[] = []) => ({
    type: 'ChangeGroupMembers' as const,
    data: { groupId: 'ops', add, remove },
  });
  const joined = (userId: string): DirectoryEvent => ({
    type: 'GroupMembersChanged',
    data: { groupId: 'ops', add: [userId], remove: [] },
  });

  it('are added once', () =>
    given(group)
      .when({ type: 'AddGroup', data: { groupId: 'ops', name: text('Others') } })
      .thenRejected('already_exists'));

  it('have only people who exist, and tell what changes alone', () => {
    given(added(owner, ['admin']), group)
      .when(change([other]))
      .thenRejected('unknown_user');
    given(added(owner, ['admin']), added(other, ['viewer']), group, joined(owner))
      .when(change([owner, other, other], [owner]))
      .then(joined(other));
    given(added(owner, ['admin']), group, joined(owner))
      .when(change([owner]))
      .then();
  });

  it('are gone once they were removed', () => {
    const removed: DirectoryEvent = { type: 'GroupRemoved', data: { groupId: 'ops' } };
    given(group)
      .when({ type: 'RemoveGroup', data: { groupId: 'ops' } })
      .then(removed);
    given(group, removed).when(change([])).thenRejected('not_found');
  });
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
