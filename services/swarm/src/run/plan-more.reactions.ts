import type { Fact, RunEvent } from '@agencyos/contracts';
import type { Reactions } from '@agencyos/runtime';

/** Goes on where an append was full, until nothing that is ready is left behind. */
export const planMore: Reactions = {
  name: 'plan-more',
  source: 'log',
  categories: ['run'],
  react(fact) {
    const { type, data } = fact as Fact & RunEvent;
    if (type !== 'TasksDeferred') return [];
    return [{ name: 'plan-more', command: { type: 'PlanMore', data: { runId: data.runId } } }];
  },
};
