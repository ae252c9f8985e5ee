import type { DeferralCode, HealingState, TargetCommand, TargetEvent } from '@agencyos/contracts';
import { type Command, rejection } from '@agencyos/decider';
import { between, DAY_MS, HOUR_MS, plus } from '../time.js';
import type { Target } from './target.decider.js';

type AdmitRepair = Extract<TargetCommand, { type: 'AdmitRepair' }>;

/** The red switch as it stands now: what the sender saw may be old (a deferred repair asks again much later). */
export interface AdmissionLookup {
  mode: HealingState;
}

/** How long a repair waits for another one of the same target. */
const BUSY_RETRY_MS = 5_000;
/** The runbook's cooldown doubles with each repair in a row that failed or did not hold, up to this. */
const LONGEST_COOLDOWN_MS = 5 * 60_000;

/**
 * The guardrails. A deferral that ends by itself says when to ask again; the others need a person: the switch, the
 * blast radius, a missing certificate, and a used-up budget, which means that restarting does not help.
 */
export function admitRepair(command: Command<AdmitRepair>, target: Target): TargetEvent[] {
  const { targetId, repairId, runbookId, instances } = command.data;
  if (!target.registered) throw rejection(command, 'not_found', { detail: `No target ${targetId}.` });
  if (target.admitted.some((admission) => admission.repairId === repairId)) return [];
  const obstacle = findObstacle(command, target, target.registered);
  if (!obstacle) {
    return [{ type: 'RepairAdmitted', data: { targetId, repairId, runbookId, instances, token: target.token + 1 } }];
  }
  const { guardrails, unhealthy } = command.data;
  const again = obstacle.retryAt && { retryAt: obstacle.retryAt, instances, guardrails, unhealthy };
  return [{ type: 'RepairDeferred', data: { targetId, repairId, runbookId, code: obstacle.code, ...again } }];
}

function findObstacle(
  { data, metadata: { now }, prepared }: Command<AdmitRepair>,
  { active, admitted, releasedAt, setbacks }: Target,
  { replicas, minHealthy, maxParallel }: NonNullable<Target['registered']>,
): { code: DeferralCode; retryAt?: string } | undefined {
  const { guardrails, unhealthy, instances } = data;
  const present = (prepared as AdmissionLookup | undefined)?.mode ?? 'live';
  if (data.mode !== 'live' || present !== 'live') return { code: 'stopped' };
  // Certificates come with drills; until then a runbook that asks for one never acts.
  if (guardrails.requireCertificate) return { code: 'uncertified' };
  if (active.size >= Math.min(maxParallel, guardrails.maxParallel)) {
    return { code: 'busy', retryAt: plus(now, BUSY_RETRY_MS) };
  }
  // There may be more instances than when the target was registered.
  const healthyMeanwhile = Math.max(replicas - Math.max(unhealthy, instances.length), 0);
  if (healthyMeanwhile < Math.max(minHealthy, Math.ceil(guardrails.minHealthyRatio * replicas))) {
    return { code: 'blast_radius' };
  }
  const within = (ms: number) => admitted.filter(({ at }) => between(at, now) < ms).length;
  if (within(HOUR_MS) >= guardrails.perHour || within(DAY_MS) >= guardrails.perDay) return { code: 'rate' };
  const longest = Math.max(guardrails.cooldownMs, LONGEST_COOLDOWN_MS);
  const cooldownMs = Math.min(guardrails.cooldownMs * 2 ** Math.min(setbacks, 20), longest);
  if (releasedAt && between(releasedAt, now) < cooldownMs) {
    return { code: 'cooldown', retryAt: plus(releasedAt, cooldownMs) };
  }
  return undefined;
}
