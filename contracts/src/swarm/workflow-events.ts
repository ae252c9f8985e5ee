import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Digest, Int, Slug } from '../core/scalars.js';
import { Content } from '../core/types.js';

export const workflowEvents = defineEvents('swarm', 'workflow', {
  WorkflowPublished: z.object({
    workflowId: Slug,
    version: Int,
    digest: Digest,
    spec: Content,
    taskCount: Int,
    roles: z.array(Slug),
  }),
});
export type WorkflowEvent = EventOf<typeof workflowEvents>;
