import { z } from 'zod';
import { LIMITS } from '../core/envelope.js';

/** Text as a command may bring it: no NUL, no controls but tab and line feed, no bidirectional overrides. */
export const BoundedText = z
  .string()
  .max(LIMITS.textCharacters)
  .regex(/^[^\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$/)
  .brand<'Text'>();
/** A short machine-made word: a code, an instance, an outcome. */
export const Label = z.string().min(1).max(200);
/** Longest time that a rule may name: 30 days. */
export const BoundedMs = z
  .int()
  .min(0)
  .max(30 * 24 * 3_600_000);
export const list = <T extends z.ZodType>(of: T) => z.array(of).max(LIMITS.listItems);
