import { z } from 'zod';

const Environment = z.object({
  /** Copies of every message: 3 in a cluster of NATS servers. */
  RELAY_REPLICAS: z.coerce.number().int().min(1).max(5).default(1),
  /** What EVENTS may take at most. */
  RELAY_EVENTS_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1024 * 1024)
    .default(2 * 1024 ** 3),
});

/** @throws ZodError that names every wrong variable */
export function readRelayConfig(environment: NodeJS.ProcessEnv = process.env) {
  const { RELAY_REPLICAS, RELAY_EVENTS_MAX_BYTES } = Environment.parse(environment);
  return { replicas: RELAY_REPLICAS, eventsMaxBytes: RELAY_EVENTS_MAX_BYTES };
}
