import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { Digest, Slug } from '../core/scalars.js';
import { LimitedContent } from './command-fields.js';

export const workflowCommands = defineCommands('swarm', 'workflow', 'workflowId', {
  /** `spec` is the workflow file (YAML) in the content store, `digest` its digest. */
  PublishWorkflow: {
    permission: ['workflow:publish'],
    services: ['gateway'],
    data: z.strictObject({ workflowId: Slug, spec: LimitedContent, digest: Digest }),
  },
});
export type WorkflowCommand = CommandOf<typeof workflowCommands>;
