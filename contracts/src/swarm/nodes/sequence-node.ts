import { z } from 'zod';
import { nodeFields } from './node-fields.js';

/** Nodes that take turns, each after the one before has ended well. */
export const SequenceNode = (node: z.ZodType) =>
  z.strictObject({ ...nodeFields, sequence: z.strictObject({ tasks: z.array(node).min(1) }) });
