import { z } from 'zod';

/** Bounds of a workflow file. */
export const WORKFLOW_LIMITS = {
  fileBytes: 256 * 1024,
  nodes: 10_000,
  /** Groups within groups. */
  depth: 8,
  /** Of a node's id and those of the groups around it: together they are the id of its task. */
  pathCharacters: 200,
  needsPerTask: 500,
  aliases: 100,
  arguments: 200,
  argumentCharacters: 8_000,
  filesPerTask: 20,
  retries: 10,
  hops: 10,
  timeoutMs: 24 * 3_600_000,
  deadlineMs: 30 * 24 * 3_600_000,
  leaseMs: { min: 1_000, max: 3_600_000 },
  expiresMs: 30 * 24 * 3_600_000,
} as const;

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `6s`, `2m`, `1h` → milliseconds; undefined when it is no duration. */
export function durationMs(duration: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(duration);
  return match ? Number(match[1]) * UNITS[match[2]!]! : undefined;
}

/** A duration like `500ms`, `6s`, `2m`, `1h` within bounds. */
export const duration = (min: number, max: number) =>
  z.string().superRefine((value, context) => {
    const ms = durationMs(value);
    if (ms === undefined) {
      context.addIssue({
        code: 'custom',
        message: `a duration is a whole number with ms, s, m, h or d, for example 30s`,
      });
    } else if (ms < min || ms > max) {
      context.addIssue({ code: 'custom', message: `a duration from ${min} ms to ${max} ms is allowed here` });
    }
  });

/** Ids in a file stay usable as parts of paths, subjects and template references. */
export const NodeId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/);
export const Title = z.string().min(1).max(200);
export const Needs = z.array(NodeId).max(WORKFLOW_LIMITS.needsPerTask);

/** What a node of every kind has. */
export const nodeFields = {
  id: NodeId,
  title: Title.optional(),
  needs: Needs.optional(),
  /** When something that it needs was skipped: `all` skips it, too; `some` goes on if any of them succeeded. */
  join: z.enum(['all', 'some']).optional(),
};
