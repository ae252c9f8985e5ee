import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { invalid } from '../core/refusals.js';
import { Digest, Slug } from '../core/scalars.js';
import { LimitedContent } from './command-fields.js';
import { contentMissing, definitionInvalid } from './refusals.js';

export const workflowCommands = defineCommands('swarm', 'workflow', 'workflowId', {
  /** `spec` is the workflow file (YAML) in the content store, `digest` its digest. */
  PublishWorkflow: {
    permission: ['workflow:publish'],
    services: ['gateway'],
    refusals: [invalid, contentMissing, definitionInvalid],
    data: z.strictObject({ workflowId: Slug, spec: LimitedContent, digest: Digest }),
  },
});
export type WorkflowCommand = CommandOf<typeof workflowCommands>;
