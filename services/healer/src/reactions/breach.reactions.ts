import { text, type MonitorKind, type PublishedCommand, type Text } from '@agencyos/contracts';
import type { Reaction } from '@agencyos/runtime';
import { send, type DataOf, type React } from './facts.js';
import type { Situation } from './situation.js';

/** Breaches to incidents: which incident a breach belongs to is decided in the target's stream. */
export const breach: React = async (fact, situation) => {
  switch (fact.type) {
    case 'MonitorBreached': {
      const { targetId, monitorId, breachId, severity } = fact.data;
      return [send('breach', 'AttachBreach', { targetId, monitorId, breachId, severity })];
    }
    case 'BreachAttached':
      return [attach(fact.data, fact.metadata.recordedAt, await titleOf(fact.data, situation))];
    case 'MonitorCleared': {
      const { targetId, monitorId, breachId, severity } = fact.data;
      const incidentId = await incidentOf(targetId, breachId, situation);
      // No incident knows it yet: then whoever opens one for it sees that it has cleared.
      return incidentId ? [send('breach', 'ClearBreach', { incidentId, monitorId, breachId, severity })] : [];
    }
    case 'IncidentOpened':
    case 'IncidentBreachJoined':
    case 'IncidentReopened': {
      const { incidentId, monitorId, breachId, severity } = fact.data;
      if (await isOpen(monitorId, breachId, situation)) return [];
      return [send('breach', 'ClearBreach', { incidentId, monitorId, breachId, severity })];
    }
    default:
      return [];
  }
};

/** Whether the monitor still reports that breach. */
export async function isOpen(monitorId: string, breachId: string, situation: Situation): Promise<boolean> {
  return (await situation.monitor(monitorId)).open?.breachId === breachId;
}

function attach({ effect, ...attached }: DataOf<'BreachAttached'>, detectedAt: string, title: Text): Reaction {
  const { targetId, incidentId, monitorId, breachId, severity } = attached;
  if (effect === 'opens') {
    return send('breach', 'OpenIncident', {
      incidentId,
      targetId,
      monitorId,
      breachId,
      severity,
      title,
      detectedAt,
    });
  }
  const type = effect === 'joins' ? 'JoinIncident' : 'ReopenIncident';
  // Its books closed meanwhile: the target must not hold on to it.
  const detach = (): PublishedCommand[] => [{ type: 'DetachIncident', data: { targetId, incidentId } }];
  return send('breach', type, { incidentId, monitorId, breachId, severity }, detach);
}

/** In words, by what the monitor looks at. */
async function titleOf({ targetId, monitorId }: DataOf<'BreachAttached'>, situation: Situation): Promise<Text> {
  const { published, open } = await situation.monitor(monitorId);
  // What it says of itself says more than a number could.
  if (published?.kind === 'freshness' && open?.window) return text(`${targetId}: ${open.window}`);
  const who = open?.among ? `${open.instances.length} of ${open.among} instances of ${targetId}` : targetId;
  return text(`${who} ${TITLES[published?.kind ?? 'custom']}`);
}

const TITLES: Record<MonitorKind, string> = {
  availability: 'does not answer',
  latency: 'is too slow',
  errors: 'fails too often',
  freshness: 'is behind',
  saturation: 'is overloaded',
  // The only such monitors so far read the supervisor's journal.
  custom: 'ended unexpectedly',
};

/** The incident that has recorded the breach. */
async function incidentOf(targetId: string, breachId: string, situation: Situation): Promise<string | undefined> {
  const { incident, last } = await situation.target(targetId);
  for (const candidate of [incident?.incidentId, last?.incidentId]) {
    if (candidate && (await situation.incident(candidate)).breaches.has(breachId)) return candidate;
  }
  return undefined;
}
