import { z } from 'zod';
import { LIMITS } from '../core/envelope.js';
import { limitedList, limitedString, limitedText } from '../core/limited.js';
import { Digest, Int, Slug } from '../core/scalars.js';

export const LimitedContent = z.strictObject({
  digest: Digest,
  bytes: Int.max(LIMITS.contentBytes),
  mediaType: limitedString(200),
  name: limitedString(200).optional(),
});

export const LimitedUsage = z.strictObject({
  inputTokens: Int,
  outputTokens: Int,
  cachedTokens: Int,
  cost: z.strictObject({ currency: z.string().regex(/^[A-Z]{3}$/), micros: Int }).optional(),
  activeMs: Int,
});

export const LimitedFault = z.strictObject({
  code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
  message: limitedText(),
  retryable: z.boolean(),
});

export const LimitedArtifacts = limitedList(LimitedContent, 100);
export const AttemptNumber = z.int().min(1);
export const InstanceId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/);
export const RoleList = z.array(Slug).min(1).max(50);
