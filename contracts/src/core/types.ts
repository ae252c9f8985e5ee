import { z } from 'zod';
import { Digest, Int, Slug, Text } from './scalars.js';

/** A reference to bytes in the content store. */
export const Content = z.object({ digest: Digest, bytes: Int, mediaType: z.string(), name: z.string().optional() });
export const Json = z.union([z.object({ value: z.unknown() }), z.object({ content: Content })]);
/** Why work of an agent or of a runbook came to nothing. */
export const Fault = z.object({ code: z.string(), message: Text, retryable: z.boolean() });
/** What an approval is about; its digest is the SHA-256 of the RFC 8785 form. */
export const Action = z.object({ kind: Slug, target: z.string(), parameters: Json, artifacts: z.array(Digest) });

export type Content = z.infer<typeof Content>;
export type Json = z.infer<typeof Json>;
export type Fault = z.infer<typeof Fault>;
export type Action = z.infer<typeof Action>;
