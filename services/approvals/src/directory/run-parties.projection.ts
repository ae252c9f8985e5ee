import { type AgentEvent, defineView, Exclusion, type Fact, Principal, type RunEvent } from '@agencyos/contracts';
import type { Projection, Rows, Views } from '@agencyos/runtime';
import { z } from 'zod';

const KIND = 'run-parties';
const AGENTS = 'agents';

/** Who is behind a run: this service's own picture of swarm's facts. Nobody is asked, so nobody can leave one out. */
const runParties = defineView({
  kind: KIND,
  context: 'approvals',
  permission: 'approval:admin',
  id: 'runId; `agents` for the owners of agents',
  rows: {
    agent: z.object({ owner: Principal.optional() }),
    party: Exclusion,
    /** A gate that was reached, under its approval's id: all that came before it in its run was read. */
    gate: z.object({}),
  },
});

export const runPartiesProjection: Projection = {
  name: KIND,
  version: 1,
  views: [runParties],
  categories: ['agent', 'run'],
  async project(fact: Fact, rows: Rows) {
    const { type, data, metadata } = fact as Fact & (AgentEvent | RunEvent);
    switch (type) {
      case 'AgentAdmitted':
      case 'AgentRegistered':
        return rows.put(KIND, AGENTS, `agent/${data.agentId}`, data.owner === undefined ? {} : { owner: data.owner });
      case 'RunStarted':
        for (const starter of [metadata.actor, metadata.onBehalfOf]) await put(data.runId, starter, 'run_starter', rows);
        return;
      case 'TaskLeased':
        if (data.leasedBy.startsWith('agent:')) await put(data.runId, data.leasedBy, 'agent_owner', rows);
        return;
      case 'GateReached':
        return rows.put(KIND, data.runId, `gate/${data.approvalId}`, {});
      default:
        return;
    }
  },
};

/** Only people vote: an agent stands for its owner of that time. */
async function put(runId: string, party: string | undefined, as: Exclusion['as'], rows: Rows): Promise<void> {
  const agentId = party?.startsWith('agent:') && party.slice('agent:'.length);
  const person = agentId
    ? (await rows.get<{ owner?: string }>(KIND, AGENTS, `agent/${agentId}`))?.owner
    : party;
  if (!person?.startsWith('user:')) return;
  rows.put(KIND, runId, `party/${as}/${person}`, { principal: person, as } satisfies Exclusion);
}

/** People behind the run of a gate; nothing while the gate's own fact has not been read. */
export async function partiesBehind(
  views: Pick<Views, 'get' | 'rows'>,
  runId: string,
  approvalId: string,
): Promise<Exclusion[] | undefined> {
  if ((await views.get(KIND, runId, `gate/${approvalId}`)) === undefined) return undefined;
  return (await views.rows<Exclusion>(KIND, runId, 'party/')).map(([, party]) => party);
}
