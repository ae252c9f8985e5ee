import {
  type AgentEvent,
  defineView,
  type DirectoryEvent,
  type Fact,
  Principal,
  Role,
} from '@agencyos/contracts';
import type { Projection, Rows } from '@agencyos/runtime';
import { z } from 'zod';

const KIND = 'directory-roles';

/** Who could approve, and whom an agent belongs to: this service's own picture of identity's and swarm's facts. */
const directoryRoles = defineView({
  kind: KIND,
  context: 'approvals',
  permission: 'identity:admin',
  id: 'all',
  rows: {
    user: z.object({ userId: z.string(), roles: z.array(Role) }),
    agent: z.object({ owner: Principal.optional() }),
  },
});

export interface KnownUser {
  userId: string;
  roles: Role[];
}

export const directoryProjection: Projection = {
  name: KIND,
  version: 2,
  views: [directoryRoles],
  categories: ['directory', 'agent'],
  project(fact: Fact, rows: Rows) {
    const { type, data } = fact as Fact & (DirectoryEvent | AgentEvent);
    if (type === 'UserAdded' || type === 'UserRolesSet') {
      rows.put(KIND, 'all', `user/${data.userId}`, {
        userId: data.userId,
        roles: data.roles,
      } satisfies KnownUser);
    }
    if (type === 'AgentAdmitted' || type === 'AgentRegistered') {
      rows.put(KIND, 'all', `agent/${data.agentId}`, data.owner === undefined ? {} : { owner: data.owner });
    }
  },
};

interface Reader {
  get<T>(kind: string, id: string, key: string): Promise<T | undefined>;
  rows<T>(kind: string, id: string, prefix?: string): Promise<Array<[string, T]>>;
}

export const knownUsers = async (views: Reader): Promise<KnownUser[]> =>
  (await views.rows<KnownUser>(KIND, 'all', 'user/')).map(([, user]) => user);

/** Owner of the agent that a principal names; nothing for everybody else. */
export async function ownerOf(views: Reader, principal: string): Promise<string | undefined> {
  if (!principal.startsWith('agent:')) return undefined;
  const agent = await views.get<{ owner?: string }>(KIND, 'all', `agent/${principal.slice('agent:'.length)}`);
  return agent?.owner;
}
