import { healingView, type AutonomyRow } from '@agencyos/contracts';
import type { Projection } from '@agencyos/runtime';
import { healerFact } from '../reactions/facts.js';

const ALL = 'all';

/** The red switch, the runbooks and how far each may go on which target. */
export const healingProjection: Projection = {
  name: 'healing',
  version: 1,
  views: [healingView],
  categories: ['healing', 'runbook', 'autonomy'],
  async project(recorded, rows) {
    const fact = healerFact(recorded);
    const { recordedAt: at, actor: by } = fact.metadata;
    switch (fact.type) {
      case 'HealingModeSet': {
        const { mode, targetIds, why } = fact.data;
        return rows.put('healing', ALL, 'mode', { mode, targetIds, why, by, at });
      }
      case 'RunbookPublished': {
        const { runbookId, name, version } = fact.data;
        const steps = fact.data.steps.map(({ stepId, act, timeoutMs }) => ({ stepId, act, timeoutMs }));
        return rows.put('healing', ALL, `runbook/${runbookId}`, { runbookId, name, version, steps });
      }
      case 'AutonomySet':
      case 'OutcomeRecorded': {
        const { runbookId, targetId } = fact.data;
        const key = `autonomy/${runbookId}~${targetId}`;
        const row = (await rows.get<AutonomyRow>('healing', ALL, key)) ?? {
          ...{
            runbookId,
            targetId,
            autonomy: 'observe',
            why: 'seeded',
            pinned: false,
            verified: 0,
            failed: 0,
          },
        };
        if (fact.type === 'AutonomySet') {
          const { autonomy, why, pinned } = fact.data;
          return rows.put('healing', ALL, key, { ...row, autonomy, why, pinned });
        }
        const count = fact.data.outcome === 'verified' ? 'verified' : 'failed';
        return rows.put('healing', ALL, key, { ...row, [count]: row[count] + 1 });
      }
      default:
        return;
    }
  },
};
