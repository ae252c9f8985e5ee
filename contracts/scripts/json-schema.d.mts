import type { z } from 'zod';

/** JSON Schema of what may come in. */
export function jsonSchema(schema: z.ZodType): Record<string, unknown>;
