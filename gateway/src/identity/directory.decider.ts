import { permissionsOf, type DirectoryCommand, type DirectoryEvent, type UserRole } from '@agencyos/contracts';
import { type Command, type Decider, rejection } from '@agencyos/decider';

type Of<T extends DirectoryCommand['type']> = Command<Extract<DirectoryCommand, { type: T }>>;

/** Roles by user. */
export type Directory = ReadonlyMap<string, readonly UserRole[]>;

/** The rules across users: set-up happens once, and somebody can always administer. */
export const directoryDecider: Decider<DirectoryCommand, Directory, DirectoryEvent> = {
  initialState: new Map(),

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
    }
  },

  evolve(directory, { type, data }) {
    switch (type) {
      case 'UserAdded':
      case 'UserRolesSet':
        return new Map(directory).set(data.userId, data.roles);
      case 'CredentialChanged':
      case 'SessionsRevoked':
        return directory;
    }
  },
};

function addUser(command: Of<'AddUser'>, directory: Directory): DirectoryEvent[] {
  const { data } = command;
  if (directory.has(data.userId)) throw rejection(command, 'already_exists');
  if (data.via === 'setup' && directory.size > 0) throw rejection(command, 'setup_closed');
  withinGiver(command, data.roles);
  return [{ type: 'UserAdded', data: { ...data, roles: unique(data.roles) } }];
}

function setRoles(command: Of<'SetUserRoles'>, directory: Directory): DirectoryEvent[] {
  const { data } = command;
  const present = known(command, directory);
  const roles = unique(data.roles);
  if (present.length === roles.length && roles.every((role) => present.includes(role))) return [];
  if (present.includes('admin') && !roles.includes('admin') && admins(directory) === 1) throw rejection(command, 'last_admin');
  const given = roles.filter((role) => !present.includes(role));
  withinGiver(command, given);
  return [{ type: 'UserRolesSet', data: { userId: data.userId, roles } }];
}

/** Nobody gives rights that they have not themselves: else a token that may not vote would make a person who may. */
function withinGiver(command: Of<'AddUser' | 'SetUserRoles'>, roles: readonly UserRole[]): void {
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
  command: Of<'SetUserRoles' | 'RecordCredentialChange' | 'RevokeSessions'>,
  directory: Directory,
): readonly UserRole[] {
  const roles = directory.get(command.data.userId);
  if (!roles) throw rejection(command, 'not_found');
  return roles;
}

const admins = (directory: Directory): number => [...directory.values()].filter((roles) => roles.includes('admin')).length;

const unique = (roles: readonly UserRole[]): UserRole[] => [...new Set(roles)];
