import { runEvents } from '@agencyos/contracts';
import { defineReactions, reactingTo } from '@agencyos/runtime';

/** Goes on where an append was full, until nothing that is ready is left behind. */
export const planMore = defineReactions('plan-more', 'log', [
  reactingTo([runEvents], ({ type, data: { runId } }) =>
    type === 'TasksDeferred' ? [{ name: 'plan-more', command: { type: 'PlanMore', data: { runId } } }] : [],
  ),
]);
