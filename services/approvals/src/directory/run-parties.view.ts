import { agentEvents, defineView, Exclusion, Principal, runEvents } from '@agencyos/contracts';
import { changesBy, changesBySome, defineProjection, type Rows, type Views } from '@agencyos/runtime';
import { z } from 'zod';

const AGENTS = 'agents';

/** Who is behind a run: this service's own picture of swarm's facts. Nobody is asked, so nobody can leave one out. */
const runParties = defineView({
  kind: 'run-parties',
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

export const runPartiesProjection = defineProjection([runParties], {
  name: 'run-parties',
  version: 1,
  changes: [
    changesBy([agentEvents], {
      AgentAdmitted: ({ data }, rows) => putOwner(data, rows),
      AgentRegistered: ({ data }, rows) => putOwner(data, rows),
    }),
    changesBySome([runEvents], {
      async RunStarted({ data, metadata }, rows) {
        for (const starter of [metadata.actor, metadata.onBehalfOf]) {
          await putParty(data.runId, starter, 'run_starter', rows);
        }
      },
      async TaskLeased({ data: { runId, leasedBy } }, rows) {
        if (leasedBy.startsWith('agent:')) await putParty(runId, leasedBy, 'agent_owner', rows);
      },
      GateReached({ data: { runId, approvalId } }, rows) {
        rows.of(runParties, runId).put(`gate/${approvalId}`, {});
      },
    }),
  ],
});

const putOwner = ({ agentId, owner }: { agentId: string; owner?: string | undefined }, rows: Rows): void =>
  rows.of(runParties, AGENTS).put(`agent/${agentId}`, owner === undefined ? {} : { owner });

/** Only people vote: an agent stands for its owner of that time. */
async function putParty(runId: string, party: string | undefined, as: Exclusion['as'], rows: Rows): Promise<void> {
  const agentId = party?.startsWith('agent:') && party.slice('agent:'.length);
  const person = agentId ? (await rows.of(runParties, AGENTS).get(`agent/${agentId}`))?.owner : party;
  if (!person?.startsWith('user:')) return;
  rows.of(runParties, runId).put(`party/${as}/${person}`, { principal: person, as });
}

/** People behind the run of a gate; nothing while the gate's own fact has not been read. */
export async function partiesBehind(
  views: Pick<Views, 'of'>,
  runId: string,
  approvalId: string,
): Promise<Exclusion[] | undefined> {
  const run = views.of(runParties, runId);
  if ((await run.get(`gate/${approvalId}`)) === undefined) return undefined;
  return (await run.list('party')).map(([, party]) => party);
}
