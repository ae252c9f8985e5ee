import { permissionsOf, type DirectoryCommand, type DirectoryEvent, type Role } from '@agencyos/contracts';
import { Rejection, type Command, type CommandMetadata, type Decider } from '@agencyos/decider';

/** Roles by user. */
export type Directory = ReadonlyMap<string, readonly Role[]>;

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
        known(directory, command.data.userId);
        return [{ type: 'CredentialChanged', data: command.data }];
      case 'RevokeSessions':
        known(directory, command.data.userId);
        selfOrAdmin(command, command.data.userId);
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

function addUser(
  { data, metadata }: Command<Extract<DirectoryCommand, { type: 'AddUser' }>>,
  directory: Directory,
): DirectoryEvent[] {
  if (directory.has(data.userId)) throw new Rejection('already_exists');
  if (data.via === 'setup' && directory.size > 0) throw new Rejection('setup_closed');
  withinGiver(metadata, data.roles);
  return [{ type: 'UserAdded', data: { ...data, roles: unique(data.roles) } }];
}

function setRoles(
  { data, metadata }: Command<Extract<DirectoryCommand, { type: 'SetUserRoles' }>>,
  directory: Directory,
): DirectoryEvent[] {
  const present = known(directory, data.userId);
  const roles = unique(data.roles);
  if (present.length === roles.length && roles.every((role) => present.includes(role))) return [];
  if (present.includes('admin') && !roles.includes('admin') && admins(directory) === 1)
    throw new Rejection('last_admin');
  const given = roles.filter((role) => !present.includes(role));
  withinGiver(metadata, given);
  return [{ type: 'UserRolesSet', data: { userId: data.userId, roles } }];
}

/** Nobody gives rights that they have not themselves: else a token that may not vote would make a person who may. */
function withinGiver(metadata: CommandMetadata, roles: readonly Role[]): void {
  if (metadata.actor.startsWith('system:')) return;
  const beyond = permissionsOf(roles).find((permission) => !metadata.permissions.includes(permission));
  if (!beyond) return;
  const detail = `You do not have ${beyond} yourself, so you cannot give it.`;
  throw new Rejection('exceeds_issuer', { field: 'roles', detail }, 403);
}

function selfOrAdmin({ metadata }: Command<DirectoryCommand>, userId: string): void {
  const askedBy = metadata.onBehalfOf ?? metadata.actor;
  if (askedBy !== `user:${userId}` && !metadata.permissions.includes('identity:admin'))
    throw new Rejection('forbidden');
}

function known(directory: Directory, userId: string): readonly Role[] {
  const roles = directory.get(userId);
  if (!roles) throw new Rejection('not_found');
  return roles;
}

const admins = (directory: Directory): number =>
  [...directory.values()].filter((roles) => roles.includes('admin')).length;

const unique = (roles: readonly Role[]): Role[] => [...new Set(roles)];
