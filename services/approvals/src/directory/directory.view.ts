import { agentEvents, defineView, directoryEvents, Principal, UserRole } from '@agencyos/contracts';
import { changesBy, defineProjection, type Rows, unchanged, type Views } from '@agencyos/runtime';
import { z } from 'zod';

/** Who could approve, and whom an agent belongs to: this service's own picture of identity's and swarm's facts. */
export const directoryRoles = defineView({
  kind: 'directory-roles',
  context: 'approvals',
  permission: 'identity:admin',
  id: 'all',
  rows: {
    user: z.object({ userId: z.string(), roles: z.array(UserRole), disabled: z.boolean().optional() }),
    agent: z.object({ owner: Principal.optional() }),
  },
});

export type KnownUser = z.infer<(typeof directoryRoles)['rows']['user']>;

export const directoryProjection = defineProjection([directoryRoles], {
  name: 'directory-roles',
  version: 2,
  changes: [
    changesBy([directoryEvents], {
      UserAdded: ({ data }, rows) => putUser(data, rows),
      async UserRolesSet({ data: { userId, roles } }, rows) {
        const known = await rows.of(directoryRoles, 'all').get(`user/${userId}`);
        putUser({ ...known, userId, roles }, rows);
      },
      UserDisabled: ({ data }, rows) => setDisabled(data.userId, true, rows),
      UserEnabled: ({ data }, rows) => setDisabled(data.userId, false, rows),
      CredentialChanged: unchanged,
      SessionsRevoked: unchanged,
      GroupAdded: unchanged,
      GroupRemoved: unchanged,
      GroupMembersChanged: unchanged,
    }),
    changesBy([agentEvents], {
      AgentAdmitted: ({ data }, rows) => putAgent(data, rows),
      AgentRegistered: ({ data }, rows) => putAgent(data, rows),
    }),
  ],
});

const putUser = ({ userId, roles, disabled }: KnownUser, rows: Rows): void =>
  rows.of(directoryRoles, 'all').put(`user/${userId}`, { userId, roles, ...(disabled && { disabled }) });

async function setDisabled(userId: string, disabled: boolean, rows: Rows): Promise<void> {
  const known = await rows.of(directoryRoles, 'all').get(`user/${userId}`);
  if (known) putUser({ ...known, disabled }, rows);
}

const putAgent = ({ agentId, owner }: { agentId: string; owner?: string | undefined }, rows: Rows): void =>
  rows.of(directoryRoles, 'all').put(`agent/${agentId}`, owner === undefined ? {} : { owner });

/** Those who can do anything: whoever is disabled decides nothing. */
export const knownUsers = async (views: Pick<Views, 'of'>): Promise<KnownUser[]> =>
  (await views.of(directoryRoles, 'all').list('user')).map(([, user]) => user).filter(({ disabled }) => !disabled);

/** Owner of the agent that a principal names; nothing for everybody else. */
export async function ownerOf(views: Pick<Views, 'of'>, principal: string): Promise<string | undefined> {
  if (!principal.startsWith('agent:')) return undefined;
  const agent = await views.of(directoryRoles, 'all').get(`agent/${principal.slice('agent:'.length)}`);
  return agent?.owner;
}
