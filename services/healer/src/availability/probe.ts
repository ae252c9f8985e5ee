import { z } from 'zod';
import type { Monitor } from '../monitor/monitor.decider.js';

/** What a monitor's `probe.value` may be; anything else is watched by nobody. */
export const Probe = z.discriminatedUnion('kind', [
  /** Heartbeats on NATS, `agencyos.hb.<of>.<name>`. */
  z.object({
    kind: z.literal('heartbeat'),
    of: z.enum(['service', 'agent']),
    name: z.string(),
    everyMs: z.int().min(100),
  }),
  /** What a service says of its consumers in its heartbeats. */
  z.object({ kind: z.literal('consumers'), name: z.string() }),
  /** What the supervisor says of the backups. */
  z.object({ kind: z.literal('backups') }),
  /** Exits in the supervisor's journal. */
  z.object({ kind: z.literal('journal'), process: z.string() }),
]);
export type Probe = z.infer<typeof Probe>;

export function probeOf({ published }: Pick<Monitor, 'published'>): Probe | undefined {
  const probe = published && 'value' in published.probe ? published.probe.value : undefined;
  const parsed = Probe.safeParse(probe);
  return parsed.success ? parsed.data : undefined;
}

/** How many heartbeats in a row may be missing before it counts as a breach. */
export function missedOf({ published }: Pick<Monitor, 'published'>): number {
  const objective = published && 'value' in published.objective ? published.objective.value : undefined;
  const parsed = z.object({ missed: z.int().min(1) }).safeParse(objective);
  return parsed.success ? parsed.data.missed : 3;
}
