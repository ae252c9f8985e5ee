import type { EscalationReason, IncidentCommand, IncidentEvent } from '@agencyos/contracts';
import { type Command, type CommandMetadata, type Decider, type Refusable, rejection } from '@agencyos/decider';
import { between, MINUTE_MS, plus } from '../time.js';

type IncidentState = 'none' | 'open' | 'responding' | 'escalated' | 'resolved' | 'closed';

export interface Incident {
  state: IncidentState;
  targetId: string;
  detectedAt: string;
  /** Breaches that have not cleared, with their monitors. */
  open: ReadonlyMap<string, string>;
  /** Every breach that ever belonged to it. */
  breaches: ReadonlySet<string>;
  /** The last repair since it was opened or reopened. */
  repairId?: string;
  escalation?: { level: number; why: EscalationReason };
  closeAt?: string;
}

/** How long a resolved incident waits for second thoughts before its books close. */
export const CLOSE_AFTER_MS = 10 * MINUTE_MS;

export const incidentDecider: Decider<IncidentCommand, Incident, IncidentEvent> = {
  initialState: { state: 'none', targetId: '', detectedAt: '', open: new Map(), breaches: new Set() },

  decide(command, incident) {
    if (command.type === 'OpenIncident') return openIncident(command, incident);
    const { incidentId } = command.data;
    if (incident.state === 'none') throw rejection(command, 'not_found', { detail: `No incident ${incidentId}.` });
    const over = incident.state === 'resolved' || incident.state === 'closed';
    switch (command.type) {
      case 'JoinIncident':
      case 'ReopenIncident': {
        if (incident.breaches.has(command.data.breachId)) return [];
        if (incident.state === 'closed') throw closed(command, incident);
        const { monitorId, breachId, severity } = command.data;
        const type = incident.state === 'resolved' ? 'IncidentReopened' : 'IncidentBreachJoined';
        return [{ type, data: { incidentId, monitorId, breachId, severity } }];
      }
      case 'ClearBreach': {
        const { monitorId, breachId } = command.data;
        if (!incident.open.has(breachId)) return [];
        const openBreaches = incident.open.size - 1;
        return [{ type: 'IncidentBreachCleared', data: { incidentId, monitorId, breachId, openBreaches } }];
      }
      case 'StartResponse': {
        const { repairId, runbookId } = command.data;
        if (over || incident.repairId === repairId) return [];
        return [{ type: 'IncidentResponseStarted', data: { incidentId, repairId, runbookId } }];
      }
      case 'EscalateIncident': {
        if (over) throw closed(command, incident);
        const { level, to, why } = command.data;
        const { escalation } = incident;
        if (incident.state === 'escalated' && escalation?.level === level && escalation.why === why) return [];
        return [{ type: 'IncidentEscalated', data: { incidentId, level, to, why } }];
      }
      case 'ResolveIncident':
        return over ? [] : resolveIncident(command, incident);
      case 'CloseIncident': {
        if (incident.state === 'closed') return [];
        const person = isPerson(command.metadata);
        // The timer of an earlier resolution is overtaken; a person is told what is in the way.
        if (incident.state !== 'resolved') {
          if (person) throw rejection(command, 'still_breached', { detail: 'Resolve the incident first.' });
          return [];
        }
        if (!person && incident.closeAt! > command.metadata.now) {
          throw rejection(command, 'not_due', { retryAt: incident.closeAt!, detail: 'It may still be reopened.' });
        }
        const { note, followUps } = command.data;
        return [{ type: 'IncidentClosed', data: { incidentId, ...(note !== undefined && { note }), followUps } }];
      }
    }
  },

  evolve(incident, event) {
    switch (event.type) {
      case 'IncidentOpened': {
        const { targetId, detectedAt } = event.data;
        return { ...withBreach(incident, event.data), state: 'open', targetId, detectedAt };
      }
      case 'IncidentReopened':
        return {
          ...withBreach(incident, event.data),
          state: 'open',
          repairId: undefined,
          escalation: undefined,
          closeAt: undefined,
        };
      case 'IncidentBreachJoined':
        return withBreach(incident, event.data);
      case 'IncidentBreachCleared': {
        const open = new Map(incident.open);
        open.delete(event.data.breachId);
        return { ...incident, open };
      }
      case 'IncidentResponseStarted':
        return { ...incident, state: 'responding', repairId: event.data.repairId };
      case 'IncidentEscalated':
        return { ...incident, state: 'escalated', escalation: event.data };
      case 'IncidentResolved':
        return { ...incident, state: 'resolved', open: new Map(), closeAt: event.data.closeAt };
      case 'IncidentClosed':
        return { ...incident, state: 'closed' };
    }
  },
};

function openIncident(command: Extract<IncidentCommand, { type: 'OpenIncident' }>, incident: Incident): IncidentEvent[] {
  const { data } = command;
  if (incident.state === 'none') return [{ type: 'IncidentOpened', data }];
  if (incident.breaches.has(data.breachId)) return [];
  throw rejection(command, 'already_exists');
}

function resolveIncident(
  command: Command<Extract<IncidentCommand, { type: 'ResolveIncident' }>>,
  { open, targetId, detectedAt }: Incident,
): IncidentEvent[] {
  const { data, metadata } = command;
  const { incidentId, note } = data;
  const person = isPerson(metadata);
  if (open.size > 0 && !(person && note)) {
    const detail = person ? 'It is still breached: say in a note why it counts as resolved.' : 'It is still breached.';
    throw rejection(command, 'still_breached', { detail, field: 'note', openBreaches: open.size });
  }
  const resolved = {
    incidentId,
    targetId,
    how: person ? ('person' as const) : data.how,
    ...(data.repairId && { repairId: data.repairId }),
    lastedMs: between(detectedAt, metadata.now),
    closeAt: plus(metadata.now, CLOSE_AFTER_MS),
    ...(note !== undefined && { note }),
  };
  return [{ type: 'IncidentResolved', data: resolved }];
}

const withBreach = (incident: Incident, { breachId, monitorId }: { breachId: string; monitorId: string }): Incident => ({
  ...incident,
  open: new Map(incident.open).set(breachId, monitorId),
  breaches: new Set(incident.breaches).add(breachId),
});

const isPerson = ({ actor, onBehalfOf }: CommandMetadata) =>
  actor.startsWith('user:') || (onBehalfOf?.startsWith('user:') ?? false);

const closed = (command: Refusable<'closed'>, { state }: Incident) =>
  rejection(command, 'closed', { detail: `The incident is ${state}.`, outcome: state });
