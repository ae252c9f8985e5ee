import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Digest, Int, Slug } from '../core/scalars.js';
import { PolicyRules } from './types.js';

export const policyEvents = defineEvents('approvals', 'policy', {
  PolicyPublished: z.object({ policyId: Slug, rules: PolicyRules, digest: Digest, version: Int }),
  PolicyActivated: z.object({ policyId: Slug, version: Int }),
});

export type PolicyEvent = EventOf<typeof policyEvents>;
