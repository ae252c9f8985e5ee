import { z } from 'zod';
import { Digest, Slug } from '../../core/scalars.js';
import { duration, nodeFields, WORKFLOW_LIMITS } from './node-fields.js';

/** A gate that people open. */
export const GateNode = z.strictObject({
  ...nodeFields,
  gate: z.strictObject({
    action: z.strictObject({
      kind: Slug,
      target: z.string().min(1).max(500),
      parameters: z.unknown().optional(),
      artifacts: z.array(Digest).max(100).optional(),
    }),
    policy: Slug.optional(),
    brief: z.string().max(4_000).optional(),
    expires: duration(1_000, WORKFLOW_LIMITS.expiresMs).optional(),
  }),
});
