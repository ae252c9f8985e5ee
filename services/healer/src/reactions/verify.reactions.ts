import type { Reaction } from '@agencyos/runtime';
import { send, type React } from './facts.js';
import { repairsOf } from './respond.reactions.js';
import type { Situation } from './situation.js';

/** The proof: a repair is verified when every breach of its incident has cleared, and by nothing else. */
export const verify: React = async (fact, situation) => {
  switch (fact.type) {
    case 'IncidentBreachCleared':
    case 'RepairProposed':
    case 'RepairVerificationStarted': {
      const { incidentId } = fact.data;
      const { open } = await situation.incident(incidentId);
      return open.size > 0 ? [] : allCleared(incidentId, situation);
    }
    default:
      return [];
  }
};

async function allCleared(incidentId: string, situation: Situation): Promise<Reaction[]> {
  const itself = send('verify', 'ResolveIncident', { incidentId, how: 'itself' });
  const last = (await repairsOf(incidentId, situation)).at(-1);
  if (!last) return [itself];
  const { repairId } = last;
  switch ((await situation.repair(repairId)).state) {
    case 'proposed':
      return [send('verify', 'AbortRepair', { repairId, why: 'cleared' }), itself];
    case 'started':
      // Its steps are under way; verification begins when they end.
      return [];
    case 'verifying':
      return [send('verify', 'ConfirmRepair', { repairId })];
    case 'verified': {
      const { repairId: current } = await situation.incident(incidentId);
      // Verified before the incident came back: then what ended it now was not that repair.
      return current === repairId ? [send('verify', 'ResolveIncident', { incidentId, how: 'repair', repairId })] : [itself];
    }
    default:
      return [itself];
  }
}
