import { autonomyEvents, healingEvents, healingView, runbookEvents, type AutonomyRow } from '@agencyos/contracts';
import { changesBy, defineProjection, type Rows } from '@agencyos/runtime';

const ALL = 'all';

/** The red switch, the runbooks and how far each may go on which target. */
export const healingProjection = defineProjection([healingView], {
  name: 'healing',
  version: 1,
  changes: [
    changesBy([healingEvents], {
      HealingModeSet({ data: { mode, targetIds, why }, metadata }, rows) {
        const { recordedAt: at, actor: by } = metadata;
        rows.of(healingView, ALL).put('mode', { mode, targetIds, why, by, at });
      },
    }),
    changesBy([runbookEvents], {
      RunbookPublished({ data }, rows) {
        const { runbookId, name, version } = data;
        const steps = data.steps.map(({ stepId, act, timeoutMs }) => ({ stepId, act, timeoutMs }));
        rows.of(healingView, ALL).put(`runbook/${runbookId}`, { runbookId, name, version, steps });
      },
    }),
    changesBy([autonomyEvents], {
      AutonomySet({ data }, rows) {
        const { autonomy, why, pinned } = data;
        return change(data, rows, (row) => ({ ...row, autonomy, why, pinned }));
      },
      OutcomeRecorded({ data }, rows) {
        const count = data.outcome === 'verified' ? 'verified' : 'failed';
        return change(data, rows, (row) => ({ ...row, [count]: row[count] + 1 }));
      },
    }),
  ],
});

interface Pair {
  runbookId: string;
  targetId: string;
}

async function change({ runbookId, targetId }: Pair, rows: Rows, by: (row: AutonomyRow) => AutonomyRow): Promise<void> {
  const healing = rows.of(healingView, ALL);
  const key = `autonomy/${runbookId}~${targetId}` as const;
  const row = (await healing.get(key)) ?? {
    ...{ runbookId, targetId, autonomy: 'observe', why: 'seeded', pinned: false, verified: 0, failed: 0 },
  };
  healing.put(key, by(row));
}
