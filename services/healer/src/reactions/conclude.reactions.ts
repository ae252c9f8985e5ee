import type { PublishedCommand } from '@agencyos/contracts';
import type { Reaction } from '@agencyos/runtime';
import { afterRecurrence, escalate, proposeNext, repairsOf } from './respond.reactions.js';
import { send, type DataOf, type React } from './facts.js';
import type { Situation } from './situation.js';

/** What a repair's end means for the target, for trust in the runbook and for the incident. */
export const conclude: React = async (fact, situation) => {
  switch (fact.type) {
    case 'RepairVerified': {
      const { repairId, incidentId, targetId, runbookId } = fact.data;
      const { proposed } = await situation.repair(repairId);
      const recurred: PublishedCommand[] = [
        { type: 'RecordOutcome', data: { runbookId, targetId, repairId, outcome: 'recurred' } },
        (await afterRecurrence('conclude', proposed!, situation)).command,
      ];
      return [
        send('conclude', 'ReleaseRepair', { targetId, repairId, outcome: 'verified' }),
        send('conclude', 'RecordOutcome', { runbookId, targetId, repairId, outcome: 'verified' }),
        // Broken again within the moment between: that is a recurrence.
        send('conclude', 'ResolveIncident', { incidentId, how: 'repair', repairId }, ({ code }) =>
          code === 'still_breached' ? recurred : [],
        ),
      ];
    }
    case 'RepairFailed':
      return repairFailed(fact.data, situation);
    case 'RepairDeclined': {
      const { incidentId } = fact.data;
      return [await unlessCleared(incidentId, situation, () => escalate('conclude', incidentId, 'declined'))];
    }
    case 'IncidentResolved': {
      const { targetId, incidentId } = fact.data;
      return [send('conclude', 'DetachIncident', { targetId, incidentId })];
    }
    default:
      return [];
  }
};

async function repairFailed(
  { repairId, incidentId, targetId, runbookId, why }: DataOf<'RepairFailed'>,
  situation: Situation,
): Promise<Reaction[]> {
  const outcome = why === 'aborted' ? 'aborted' : 'failed';
  const release = send('conclude', 'ReleaseRepair', { targetId, repairId, outcome });
  if (why === 'aborted') return [release];
  return [
    release,
    send('conclude', 'RecordOutcome', { runbookId, targetId, repairId, outcome: 'failed' }),
    await unlessCleared(incidentId, situation, async (monitorId) => {
      const tried = await repairsOf(incidentId, situation);
      return proposeNext('conclude', { incidentId, monitorId, tried }, situation);
    }),
  ];
}

/** An incident that cleared meanwhile is over, whatever became of its repair. */
async function unlessCleared(
  incidentId: string,
  situation: Situation,
  otherwise: (monitorId: string) => Reaction | Promise<Reaction>,
): Promise<Reaction> {
  const [monitorId] = (await situation.incident(incidentId)).open.values();
  return monitorId ? otherwise(monitorId) : send('conclude', 'ResolveIncident', { incidentId, how: 'itself' });
}
