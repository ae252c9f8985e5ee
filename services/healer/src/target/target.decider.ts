import type { TargetCommand, TargetEvent } from '@agencyos/contracts';
import { ids } from '@agencyos/contracts';
import { type Command, type Decider, rejection } from '@agencyos/decider';
import { between, DAY_MS } from '../time.js';
import { admitRepair } from './admit-repair.js';

type Registered = Extract<TargetEvent, { type: 'TargetRegistered' }>['data'];

export interface Target {
  registered?: Registered;
  incident?: { incidentId: string; breaches: readonly string[] };
  /** The incident before; a breach soon after its end reopens it. */
  last?: { incidentId: string; detachedAt: string };
  /** The highest fencing token given out. */
  token: number;
  /** Admitted and not yet released: repair → its token and instances. */
  active: ReadonlyMap<string, { token: number; instances: readonly string[] }>;
  /** Admissions of the last day, oldest first. */
  admitted: readonly { repairId: string; at: string }[];
  releasedAt?: string;
  /** Repairs in a row that failed or did not hold. */
  setbacks: number;
}

/** So soon after its resolution a breach, which takes seconds to be noticed, means that the repair did not hold. */
export const REOPEN_WITHIN_MS = 5_000;

export const targetDecider: Decider<TargetCommand, Target, TargetEvent> = {
  initialState: { token: 0, active: new Map(), admitted: [], setbacks: 0 },

  decide(command, target) {
    const { actor } = command.metadata;
    switch (command.type) {
      case 'RegisterTarget':
        if (command.data.dependsOn.includes(command.data.targetId)) {
          throw rejection(command, 'dependency_cycle', { field: 'dependsOn' });
        }
        // A service seeds what is missing; what people changed since stays.
        if (target.registered && (actor.startsWith('service:') || same(target.registered, command.data))) return [];
        return [{ type: 'TargetRegistered', data: command.data }];
      case 'AttachBreach':
        return attachBreach(command, target);
      case 'DetachIncident': {
        const { targetId, incidentId } = command.data;
        if (target.incident?.incidentId !== incidentId) return [];
        return [{ type: 'IncidentDetached', data: { targetId, incidentId } }];
      }
      case 'AdmitRepair':
        return admitRepair(command, target);
      case 'ReleaseRepair': {
        const { targetId, repairId, outcome } = command.data;
        const held = target.active.get(repairId);
        if (!held) return [];
        return [{ type: 'RepairReleased', data: { targetId, repairId, token: held.token, outcome } }];
      }
    }
  },

  evolve(target, event, { recordedAt }) {
    switch (event.type) {
      case 'TargetRegistered':
        return { ...target, registered: event.data };
      case 'BreachAttached': {
        const { incidentId, breachId, effect } = event.data;
        const breaches = target.incident?.incidentId === incidentId ? target.incident.breaches : [];
        const setbacks = { opens: 0, joins: target.setbacks, reopens: target.setbacks + 1 }[effect];
        return { ...target, setbacks, incident: { incidentId, breaches: [...breaches, breachId] } };
      }
      case 'BreachSuppressed':
        return target;
      case 'IncidentDetached':
        return {
          ...target,
          incident: undefined,
          last: { incidentId: event.data.incidentId, detachedAt: recordedAt },
        };
      case 'RepairAdmitted': {
        const { repairId, token, instances } = event.data;
        return {
          ...target,
          token,
          active: new Map(target.active).set(repairId, { token, instances }),
          admitted: [...target.admitted.filter(({ at }) => between(at, recordedAt) < DAY_MS), { repairId, at: recordedAt }],
        };
      }
      case 'RepairDeferred':
        return target;
      case 'RepairReleased': {
        const active = new Map(target.active);
        active.delete(event.data.repairId);
        const setbacks = target.setbacks + (event.data.outcome === 'failed' ? 1 : 0);
        return { ...target, active, setbacks, releasedAt: recordedAt };
      }
    }
  },
};

function attachBreach(command: Command<Extract<TargetCommand, { type: 'AttachBreach' }>>, target: Target): TargetEvent[] {
  const { data, metadata } = command;
  const { targetId, monitorId, breachId, severity, suppress } = data;
  if (!target.registered) throw rejection(command, 'not_found', { detail: `No target ${targetId}.` });
  if (target.incident?.breaches.includes(breachId)) return [];
  if (suppress) return [{ type: 'BreachSuppressed', data: { targetId, monitorId, breachId, why: suppress } }];
  const attached = { targetId, monitorId, breachId, severity };
  if (target.incident) {
    const { incidentId } = target.incident;
    return [{ type: 'BreachAttached', data: { ...attached, incidentId, effect: 'joins' } }];
  }
  if (target.last && between(target.last.detachedAt, metadata.now) < REOPEN_WITHIN_MS) {
    const { incidentId } = target.last;
    return [{ type: 'BreachAttached', data: { ...attached, incidentId, effect: 'reopens' } }];
  }
  return [{ type: 'BreachAttached', data: { ...attached, incidentId: ids.incident(breachId), effect: 'opens' } }];
}

const same = (a: object, b: object) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
const sorted = (value: object) => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
