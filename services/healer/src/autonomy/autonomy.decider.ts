import type { AutonomyCommand, AutonomyEvent, AutonomyLevel } from '@agencyos/contracts';
import { type Command, type Decider, rejection } from '@agencyos/decider';
import { between, DAY_MS } from '../time.js';

type OutcomeRecorded = Extract<AutonomyEvent, { type: 'OutcomeRecorded' }>['data'];

export interface Autonomy {
  /** Nobody has said otherwise: observe. */
  level: AutonomyLevel;
  set: boolean;
  pinned: boolean;
  /**
   * Seeded at `act` and pinned: how the house keeps its own processes running. Outcomes do not lower it, or a second
   * death would leave a service down for good; backoff and budget bound it, and people may still change it.
   */
  steadfast: boolean;
  /** Somebody has said what it should be; a seed leaves that alone. */
  byPerson: boolean;
  verifiedInARow: number;
  /** When outcomes of the last day were bad. */
  badAt: readonly string[];
  /** The last outcomes, so that a repeated one counts once. */
  outcomes: readonly string[];
}

/** SetAutonomy: whether the runbook acts only with a certificate. */
export interface AutonomyLookup {
  requireCertificate: boolean;
}

const VERIFIED_FOR_APPROVE = 5;
const KEPT_OUTCOMES = 50;

export const autonomyDecider: Decider<AutonomyCommand, Autonomy, AutonomyEvent> = {
  initialState: {
    ...{ level: 'observe', set: false, pinned: false, steadfast: false, byPerson: false },
    ...{ verifiedInARow: 0, badAt: [], outcomes: [] },
  },

  decide(command, autonomy) {
    return command.type === 'SetAutonomy' ? setAutonomy(command, autonomy) : recordOutcome(command, autonomy);
  },

  evolve(autonomy, event, { recordedAt }) {
    switch (event.type) {
      case 'AutonomySet': {
        const { autonomy: level, pinned, why } = event.data;
        const steadfast = why === 'seeded' && pinned && level === 'act';
        const byPerson = why === 'person' || (autonomy.byPerson && why !== 'seeded');
        return { ...autonomy, level, pinned, steadfast, byPerson, set: true, verifiedInARow: 0 };
      }
      case 'OutcomeRecorded': {
        const bad = event.data.outcome !== 'verified';
        return {
          ...autonomy,
          verifiedInARow: bad ? 0 : autonomy.verifiedInARow + 1,
          badAt: [...recent(autonomy.badAt, recordedAt), ...(bad ? [recordedAt] : [])],
          outcomes: [...autonomy.outcomes, keyOf(event.data)].slice(-KEPT_OUTCOMES),
        };
      }
    }
  },
};

function setAutonomy(
  command: Command<Extract<AutonomyCommand, { type: 'SetAutonomy' }>>,
  { level, set, pinned, byPerson }: Autonomy,
): AutonomyEvent[] {
  const { data, metadata, prepared } = command;
  const seeding = metadata.actor.startsWith('service:');
  if (set && level === data.autonomy && pinned === data.pinned) return [];
  // What an earlier release seeded unpinned, and outcomes have lowered since, becomes what is seeded today.
  if (set && seeding && (byPerson || !data.pinned)) return [];
  // Certificates come with drills; until then only a runbook that asks for none may act.
  const certified = seeding || (prepared as AutonomyLookup | undefined)?.requireCertificate === false;
  if (data.autonomy === 'act' && !certified) {
    throw rejection(command, 'uncertified', { detail: `${data.runbookId} may act only with a certificate.` });
  }
  const why = seeding ? 'seeded' : 'person';
  return [{ type: 'AutonomySet', data: { ...data, ...(set && { was: level }), why } }];
}

function recordOutcome(
  { data, metadata: { now } }: Command<Extract<AutonomyCommand, { type: 'RecordOutcome' }>>,
  autonomy: Autonomy,
): AutonomyEvent[] {
  if (autonomy.outcomes.includes(keyOf(data))) return [];
  const { runbookId, targetId } = data;
  const recorded: AutonomyEvent = { type: 'OutcomeRecorded', data };
  const level = levelAfter(data, autonomy, now);
  if (level === autonomy.level) return [recorded];
  const why = data.outcome === 'verified' ? 'earned' : 'demoted';
  const { level: was, pinned } = autonomy;
  return [recorded, { type: 'AutonomySet', data: { runbookId, targetId, autonomy: level, was, why, pinned } }];
}

/** Trust is earned slowly and lost at once; a pinned level is only ever lowered, a steadfast one not even that. */
function levelAfter(
  { outcome }: OutcomeRecorded,
  { level, pinned, steadfast, verifiedInARow, badAt }: Autonomy,
  now: string,
): AutonomyLevel {
  if (steadfast) return level;
  if (outcome === 'verified') {
    const earned = level === 'suggest' && !pinned && verifiedInARow + 1 >= VERIFIED_FOR_APPROVE;
    return earned ? 'approve' : level;
  }
  const secondWithinADay = recent(badAt, now).length > 0;
  if (level === 'act' && !secondWithinADay) return 'approve';
  if (level === 'approve' && !secondWithinADay) return 'suggest';
  return 'observe';
}

const recent = (times: readonly string[], now: string) => times.filter((at) => between(at, now) < DAY_MS);
const keyOf = ({ repairId, outcome }: OutcomeRecorded) => `${repairId} ${outcome}`;
