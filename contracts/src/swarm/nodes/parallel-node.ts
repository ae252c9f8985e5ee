import { z } from 'zod';
import { nodeFields, WORKFLOW_LIMITS } from './node-fields.js';

/** Nodes that go on side by side. */
export const ParallelNode = (node: z.ZodType) =>
  z.strictObject({
    ...nodeFields,
    parallel: z.strictObject({
      tasks: z.array(node).min(1),
      /** How many are to succeed: `all`, the default, which passes over what is skipped; `any` is one. The rest is given up. */
      need: z.union([z.enum(['all', 'any']), z.int().min(1).max(WORKFLOW_LIMITS.nodes)]).optional(),
      /** Once it cannot succeed any more: end what goes on inside (the default), or let it go on first. */
      failure: z.enum(['fail-fast', 'collect']).optional(),
    }),
  });
