import { BOARD_LIMITS, type Category, fitText, ids, type IncidentEvent, type NewCard } from '@agencyos/contracts';
import type { Sync } from './run-cards.js';

type Opened = Extract<IncidentEvent, { type: 'IncidentOpened' }>['data'];
const PRIORITY = { critical: 'urgent', warning: 'high', info: 'normal' } as const;

export function incidentCard({ incidentId, title, severity, targetId }: Opened): NewCard & { category: Category } {
  return {
    cardId: ids.incidentCard(incidentId),
    title: fitText(title, BOARD_LIMITS.titleCharacters),
    // An unknown severity of a newer version is shown, not refused.
    priority: PRIORITY[severity] ?? 'high',
    labels: [targetId],
    assignees: [],
    source: { kind: 'incident', incidentId },
    category: 'todo',
  };
}

const CATEGORY: Partial<Record<IncidentEvent['type'], Category>> = {
  IncidentResponseStarted: 'doing',
  IncidentReopened: 'doing',
  IncidentEscalated: 'review',
  IncidentResolved: 'done',
};

export function incidentSyncs({ type, data: { incidentId } }: IncidentEvent): Sync[] {
  const category = CATEGORY[type];
  if (!category) return [];
  return [{ cardId: ids.incidentCard(incidentId), source: { kind: 'incident', incidentId }, category }];
}
