import { permissionsOf, type DirectoryCommand, type DirectoryEvent, type UserRole } from '@agencyos/contracts';
import { type Command, type Decider, rejection } from '@agencyos/decider';

type Of<T extends DirectoryCommand['type']> = Command<Extract<DirectoryCommand, { type: T }>>;

interface User {
  roles: readonly UserRole[];
  disabled: boolean;
}

export interface Directory {
  users: ReadonlyMap<string, User>;
  /** Members by group. */
  groups: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The rules across users: set-up happens once, and somebody can always administer. */
export const directoryDecider: Decider<DirectoryCommand, Directory, DirectoryEvent> = {
  initialState: { users: new Map(), groups: new Map() },

  decide(command, directory) {
    switch (command.type) {
      case 'AddUser':
        return addUser(command, directory);
      case 'SetUserRoles':
        return setRoles(command, directory);
      case 'RecordCredentialChange':
        known(command, directory);
        return [{ type: 'CredentialChanged', data: command.data }];
      case 'RevokeSessions':
        known(command, directory);
        selfOrAdmin(command);
        return [{ type: 'SessionsRevoked', data: command.data }];
      case 'DisableUser':
        return disable(command, directory);
      case 'EnableUser':
        return enable(command, directory);
      case 'AddGroup':
        if (directory.groups.has(command.data.groupId)) throw rejection(command, 'already_exists', { field: 'groupId' });
        return [{ type: 'GroupAdded', data: command.data }];
      case 'RemoveGroup':
        membersOf(command, directory);
        return [{ type: 'GroupRemoved', data: command.data }];
      case 'ChangeGroupMembers':
        return changeMembers(command, directory);
    }
  },

  evolve(directory, { type, data }) {
    switch (type) {
      case 'UserAdded':
      case 'UserRolesSet':
        return withUser(directory, data.userId, { roles: data.roles });
      case 'UserDisabled':
      case 'UserEnabled':
        return withUser(directory, data.userId, { disabled: type === 'UserDisabled' });
      case 'GroupAdded':
        return { ...directory, groups: new Map(directory.groups).set(data.groupId, new Set()) };
      case 'GroupRemoved':
        return { ...directory, groups: new Map([...directory.groups].filter(([groupId]) => groupId !== data.groupId)) };
      case 'GroupMembersChanged': {
        const members = new Set(directory.groups.get(data.groupId));
        for (const userId of data.add) members.add(userId);
        for (const userId of data.remove) members.delete(userId);
        return { ...directory, groups: new Map(directory.groups).set(data.groupId, members) };
      }
      case 'CredentialChanged':
      case 'SessionsRevoked':
        return directory;
    }
  },
};

function withUser(directory: Directory, userId: string, change: Partial<User>): Directory {
  const known = directory.users.get(userId) ?? { roles: [], disabled: false };
  return { ...directory, users: new Map(directory.users).set(userId, { ...known, ...change }) };
}

function addUser(command: Of<'AddUser'>, directory: Directory): DirectoryEvent[] {
  const { data } = command;
  if (directory.users.has(data.userId)) throw rejection(command, 'already_exists');
  if (data.via === 'setup' && directory.users.size > 0) throw rejection(command, 'setup_closed');
  withinGiver(command, data.roles);
  return [{ type: 'UserAdded', data: { ...data, roles: unique(data.roles) } }];
}

function setRoles(command: Of<'SetUserRoles'>, directory: Directory): DirectoryEvent[] {
  const { data } = command;
  const { roles: present } = known(command, directory);
  const roles = unique(data.roles);
  if (present.length === roles.length && roles.every((role) => present.includes(role))) return [];
  if (!roles.includes('admin')) keepAnAdmin(command, directory);
  const given = roles.filter((role) => !present.includes(role));
  withinGiver(command, given);
  return [{ type: 'UserRolesSet', data: { userId: data.userId, roles } }];
}

function disable(command: Of<'DisableUser'>, directory: Directory): DirectoryEvent[] {
  if (known(command, directory).disabled) return [];
  keepAnAdmin(command, directory);
  return [{ type: 'UserDisabled', data: command.data }];
}

/** Who is enabled has their roles again, so it is giving them. */
function enable(command: Of<'EnableUser'>, directory: Directory): DirectoryEvent[] {
  const { roles, disabled } = known(command, directory);
  if (!disabled) return [];
  withinGiver(command, roles);
  return [{ type: 'UserEnabled', data: command.data }];
}

/** Those who leave leave before others come, and whoever is in or out already is left out of the fact. */
function changeMembers(command: Of<'ChangeGroupMembers'>, directory: Directory): DirectoryEvent[] {
  const { groupId, add, remove } = command.data;
  const members = membersOf(command, directory);
  const stranger = add.find((userId) => !directory.users.has(userId));
  if (stranger !== undefined) {
    const detail = `There is nobody with the id ${stranger}.`;
    throw rejection(command, 'unknown_user', { field: 'add', detail });
  }
  const data = {
    groupId,
    add: unique(add).filter((userId) => !members.has(userId)),
    remove: unique(remove).filter((userId) => members.has(userId) && !add.includes(userId)),
  };
  return data.add.length + data.remove.length > 0 ? [{ type: 'GroupMembersChanged', data }] : [];
}

/** The last one who administers stays: two who take it from each other are decided one after the other. */
function keepAnAdmin(command: Of<'SetUserRoles' | 'DisableUser'>, { users }: Directory): void {
  const admins = [...users].filter(([, { roles, disabled }]) => roles.includes('admin') && !disabled);
  if (admins.length === 1 && admins[0]![0] === command.data.userId) throw rejection(command, 'last_admin');
}

/** Nobody gives rights that they have not themselves: else a token that may not vote would make a person who may. */
function withinGiver(command: Of<'AddUser' | 'SetUserRoles' | 'EnableUser'>, roles: readonly UserRole[]): void {
  const { metadata } = command;
  if (metadata.actor.startsWith('system:')) return;
  const beyond = permissionsOf(roles).find((permission) => !metadata.permissions.includes(permission));
  if (!beyond) return;
  const detail = `You do not have ${beyond} yourself, so you cannot give it.`;
  throw rejection(command, 'exceeds_issuer', { field: 'roles', detail });
}

function selfOrAdmin(command: Of<'RevokeSessions'>): void {
  const { data, metadata } = command;
  const askedBy = metadata.onBehalfOf ?? metadata.actor;
  if (askedBy !== `user:${data.userId}` && !metadata.permissions.includes('identity:admin'))
    throw rejection(command, 'forbidden');
}

function known(
  command: Of<'SetUserRoles' | 'RecordCredentialChange' | 'RevokeSessions' | 'DisableUser' | 'EnableUser'>,
  { users }: Directory,
): User {
  const user = users.get(command.data.userId);
  if (!user) throw rejection(command, 'not_found');
  return user;
}

function membersOf(command: Of<'RemoveGroup' | 'ChangeGroupMembers'>, { groups }: Directory): ReadonlySet<string> {
  const members = groups.get(command.data.groupId);
  if (!members) throw rejection(command, 'not_found', { field: 'groupId' });
  return members;
}

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)];
