import type { Guardrails } from '@agencyos/contracts';
import { notAllowed } from './respond.reactions.js';
import { send, type React } from './facts.js';
import type { Situation } from './situation.js';

/**
 * Whether a proposed repair may go ahead by itself. Only the level `act` does; every other level, and a dry run, hands
 * the incident to a person.
 */
export const permit: React = async (fact, situation) => {
  if (fact.type !== 'RepairProposed') return [];
  const { repairId, incidentId, targetId, runbookId, autonomy, mode, instances } = fact.data;
  const decline = (outcome: string) => ({ repairId, outcome, reason: notAllowed(outcome) });
  if (mode === 'dry_run') return [send('permit', 'DeclineRepair', decline('dry_run'))];
  if (autonomy !== 'act') return [send('permit', 'DeclineRepair', decline(`autonomy_${autonomy}`))];
  const incident = await situation.incident(incidentId);
  // Cleared before anybody acted: `verify` withdraws it.
  if (incident.open.size === 0) return [];
  const guardrails = await guardrailsOf(runbookId, situation);
  if (!guardrails) return [send('permit', 'DeclineRepair', decline('no_runbook'))];
  const admission = {
    targetId,
    repairId,
    runbookId,
    instances,
    guardrails,
    mode: await situation.mode(targetId),
    unhealthy: Math.max(1, new Set(instances).size),
  };
  return [send('permit', 'AdmitRepair', admission, ({ code }) => [{ type: 'DeclineRepair', data: decline(code) }])];
};

async function guardrailsOf(runbookId: string, situation: Situation): Promise<Guardrails | undefined> {
  return (await situation.runbooks()).find((runbook) => runbook.runbookId === runbookId)?.guardrails;
}
