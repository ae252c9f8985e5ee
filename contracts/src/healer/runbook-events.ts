import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Digest, Int, Slug, Text } from '../core/scalars.js';
import { Guardrails, RunbookStep } from './types.js';

/** Stream `runbook-<runbookId>`: immutable versions 1…n. */
export const runbookEvents = defineEvents('healer', 'runbook', {
  RunbookPublished: z.object({
    runbookId: Slug,
    name: Text,
    targetKinds: z.array(z.string()),
    monitorKinds: z.array(z.string()),
    steps: z.array(RunbookStep),
    verifyWithinMs: Int,
    guardrails: Guardrails,
    reversible: z.boolean(),
    digest: Digest,
    version: Int,
  }),
});
export type RunbookEvent = EventOf<typeof runbookEvents>;
