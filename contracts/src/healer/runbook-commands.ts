import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { Digest, Int, Slug } from '../core/scalars.js';
import { Json } from '../core/types.js';
import { BoundedMs, BoundedText, Label, list } from './limits.js';
import { BoundedGuardrails } from './target-commands.js';
import { stepInvalid } from './refusals.js';

export const runbookCommands = defineCommands('healer', 'runbook', 'runbookId', {
  PublishRunbook: {
    permission: ['ops:admin'],
    services: ['healer'],
    refusals: [stepInvalid],
    data: z.strictObject({
      runbookId: Slug,
      name: BoundedText,
      targetKinds: list(Label),
      monitorKinds: list(Label),
      steps: z
        .array(
          z.strictObject({
            stepId: Slug,
            act: Slug,
            parameters: Json,
            timeoutMs: Int.min(1_000).max(24 * 3_600_000),
            onFailure: z.enum(['next', 'stop']),
          }),
        )
        .max(50),
      verifyWithinMs: BoundedMs,
      guardrails: BoundedGuardrails,
      reversible: z.boolean(),
      digest: Digest,
    }),
  },
});
export type RunbookCommand = CommandOf<typeof runbookCommands>;
