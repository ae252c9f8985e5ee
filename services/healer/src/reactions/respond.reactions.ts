import { ids, text, type EscalationReason } from '@agencyos/contracts';
import type { Reaction } from '@agencyos/runtime';
import type { PublishedRunbook } from '../runbook/runbook.decider.js';
import { isOpen } from './breach.reactions.js';
import { send, type DataOf, type React } from './facts.js';
import type { Situation } from './situation.js';

/** Further tries need further runbooks: the same repair is never made twice for one incident. */
export const MAX_TRIES = 3;

/** Incidents to repairs. A breach that has cleared already is not repaired. */
export const respond: React = async (fact, situation) => {
  if (fact.type !== 'IncidentOpened' && fact.type !== 'IncidentReopened') return [];
  const { incidentId, monitorId, breachId } = fact.data;
  if (!(await isOpen(monitorId, breachId, situation))) return [];
  const tried = await repairsOf(incidentId, situation);
  const last = tried.at(-1);
  if (fact.type === 'IncidentReopened' && last) {
    const { repairId, targetId, runbookId } = last;
    return [
      send('respond', 'RecordOutcome', { runbookId, targetId, repairId, outcome: 'recurred' }),
      escalate('respond', incidentId, 'recurred'),
    ];
  }
  return [await proposeNext('respond', { incidentId, monitorId, tried }, situation)];
};

/** A person has to look. */
export const escalate = (name: string, incidentId: string, why: EscalationReason): Reaction =>
  send(name, 'EscalateIncident', { incidentId, level: 1, to: ['role:operator'], why });

/** Every repair of the incident so far, in order; their ids derive from it. */
export async function repairsOf(
  incidentId: string,
  situation: Situation,
): Promise<DataOf<'RepairProposed'>[]> {
  const repairs: DataOf<'RepairProposed'>[] = [];
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const { proposed } = await situation.repair(ids.repair(incidentId, attempt));
    if (!proposed) break;
    repairs.push(proposed);
  }
  return repairs;
}

interface Need {
  incidentId: string;
  monitorId: string;
  tried: DataOf<'RepairProposed'>[];
}

/** The first matching runbook that has not been tried, or a person. */
export async function proposeNext(name: string, need: Need, situation: Situation): Promise<Reaction> {
  const { incidentId, monitorId, tried } = need;
  const { targetId } = await situation.incident(incidentId);
  const target = (await situation.target(targetId)).registered;
  const monitor = await situation.monitor(monitorId);
  const matches = ({ runbookId, targetKinds, monitorKinds }: PublishedRunbook) =>
    target !== undefined &&
    targetKinds.includes(target.kind) &&
    monitorKinds.includes(monitor.published?.kind ?? '') &&
    !tried.some((repair) => repair.runbookId === runbookId);
  const runbook = (await situation.runbooks()).find(matches);
  if (!runbook || tried.length >= MAX_TRIES) {
    return escalate(name, incidentId, tried.length === 0 ? 'no_runbook' : 'repair_failed');
  }
  const { runbookId, version, steps, verifyWithinMs } = runbook;
  const attempt = tried.length + 1;
  const instances = [...(monitor.open?.instances ?? [])];
  const proposal = {
    repairId: ids.repair(incidentId, attempt),
    incidentId,
    targetId,
    runbookId,
    runbookVersion: version,
    try: attempt,
    autonomy: await situation.autonomy(runbookId, targetId),
    mode: (await situation.mode(targetId)) === 'dry_run' ? 'dry_run' : 'live',
    instances,
    steps,
    verifyWithinMs,
    action: { kind: runbookId, target: targetId, parameters: { value: { instances, steps } }, artifacts: [] },
  };
  return send(name, 'ProposeRepair', proposal, ({ code }) => [escalateInstead(incidentId, code)]);
}

const escalateInstead = (incidentId: string, code: string) => {
  const why = code === 'not_found' ? 'impaired' : 'declined';
  return { type: 'EscalateIncident', data: { incidentId, level: 1, to: ['role:operator'], why } };
};

/** Why nothing was done, for people. */
export const notAllowed = (code: string) => text(`not done: ${code.replaceAll('_', ' ')}`);
