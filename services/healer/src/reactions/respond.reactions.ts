import { ids, text, type EscalationReason, type PublishedCommand } from '@agencyos/contracts';
import type { Reaction } from '@agencyos/runtime';
import type { PublishedRunbook } from '../runbook/runbook.decider.js';
import { isOpen } from './breach.reactions.js';
import { send, type DataOf, type React } from './facts.js';
import type { Situation } from './situation.js';

/**
 * Further tries need further runbooks: the same repair is never made twice for one incident. Only where its autonomy is
 * steadfast (our own processes) is it made again, as often as the target's backoff and budget admit it.
 */
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
      (await situation.autonomy(runbookId, targetId)).steadfast
        ? await proposeNext('respond', { incidentId, monitorId, tried }, situation)
        : escalate('respond', incidentId, 'recurred'),
    ];
  }
  return [await proposeNext('respond', { incidentId, monitorId, tried }, situation)];
};

/** Broken again before the incident was resolved: the same repair once more where that is allowed, else a person. */
export async function afterRecurrence(
  name: string,
  { actionDigest: _of, ...last }: DataOf<'RepairProposed'>,
  situation: Situation,
): Promise<Reaction> {
  const { incidentId, targetId, runbookId } = last;
  const { level, steadfast } = await situation.autonomy(runbookId, targetId);
  if (!steadfast) return escalate(name, incidentId, 'recurred');
  const attempt = last.try + 1;
  const again = {
    ...{ ...last, repairId: ids.repair(incidentId, attempt), try: attempt, autonomy: level },
    mode: await modeOf(targetId, situation),
  };
  return send(name, 'ProposeRepair', again, ({ code }) => [escalateInstead(incidentId, code)]);
}

/** A person has to look. */
export const escalate = (name: string, incidentId: string, why: EscalationReason): Reaction =>
  send(name, 'EscalateIncident', { incidentId, level: 1, to: ['role:operator'], why });

/** Every repair of the incident so far, in order; their ids derive from it. */
export async function repairsOf(incidentId: string, situation: Situation): Promise<DataOf<'RepairProposed'>[]> {
  const repairs: DataOf<'RepairProposed'>[] = [];
  for (;;) {
    const { proposed } = await situation.repair(ids.repair(incidentId, repairs.length + 1));
    if (!proposed) return repairs;
    repairs.push(proposed);
  }
}

interface Need {
  incidentId: string;
  monitorId: string;
  tried: DataOf<'RepairProposed'>[];
}

/** The first matching runbook that has not been tried, one that may be tried again, or a person. */
export async function proposeNext(name: string, need: Need, situation: Situation): Promise<Reaction> {
  const { incidentId, monitorId, tried } = need;
  const { targetId } = await situation.incident(incidentId);
  const target = (await situation.target(targetId)).registered;
  const monitor = await situation.monitor(monitorId);
  const matches = ({ targetKinds, monitorKinds }: PublishedRunbook) =>
    target !== undefined && targetKinds.includes(target.kind) && monitorKinds.includes(monitor.published?.kind ?? '');
  const matching = (await situation.runbooks()).filter(matches);
  const fresh = matching.find(({ runbookId }) => !tried.some((repair) => repair.runbookId === runbookId));
  const runbook = (tried.length < MAX_TRIES ? fresh : undefined) ?? (await firstSteadfast(matching, targetId, situation));
  if (!runbook) {
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
    autonomy: (await situation.autonomy(runbookId, targetId)).level,
    mode: await modeOf(targetId, situation),
    instances,
    steps,
    verifyWithinMs,
    action: { kind: runbookId, target: targetId, parameters: { value: { instances, steps } }, artifacts: [] },
  };
  return send(name, 'ProposeRepair', proposal, ({ code }) => [escalateInstead(incidentId, code)]);
}

async function firstSteadfast(
  runbooks: PublishedRunbook[],
  targetId: string,
  situation: Situation,
): Promise<PublishedRunbook | undefined> {
  for (const runbook of runbooks) {
    if ((await situation.autonomy(runbook.runbookId, targetId)).steadfast) return runbook;
  }
  return undefined;
}

const modeOf = async (targetId: string, situation: Situation): Promise<'dry_run' | 'live'> =>
  (await situation.mode(targetId)) === 'dry_run' ? 'dry_run' : 'live';

const escalateInstead = (incidentId: string, code: string): PublishedCommand => {
  const why = code === 'not_found' ? 'impaired' : 'declined';
  return { type: 'EscalateIncident', data: { incidentId, level: 1, to: ['role:operator'], why } };
};

/** Why nothing was done, for people. */
export const notAllowed = (code: string) => text(`not done: ${code.replaceAll('_', ' ')}`);
