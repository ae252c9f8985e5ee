import { z } from 'zod';
import { Id, Int, Principal, Slug, TaskId, Text } from '../core/scalars.js';

export const Category = z.enum(['todo', 'doing', 'review', 'done', 'cancelled']);
export const Rank = z.string().regex(/^[0-9A-Za-z]{1,64}$/);
export const Column = z.object({
  columnId: Id,
  name: Text,
  category: Category,
  rank: Rank,
  wipLimit: Int.optional(),
  wipMode: z.enum(['hard', 'warn']),
  perLane: z.boolean(),
  color: z.string().optional(),
  policy: Text.optional(),
  autoArchiveMs: Int.optional(),
});
/** The work that a card mirrors. */
export const CardSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('task'), runId: Id, taskId: TaskId }),
  z.object({ kind: z.literal('run'), runId: Id }),
  z.object({ kind: z.literal('incident'), incidentId: Id }),
]);
export const NewCard = z.object({
  cardId: Id,
  title: Text,
  priority: z.enum(['urgent', 'high', 'normal', 'low']),
  labels: z.array(z.string()),
  assignees: z.array(Principal),
  laneId: z.string().optional(),
  dueAt: z.string().optional(),
  estimate: z.number().optional(),
  parentId: Id.optional(),
  color: z.string().optional(),
  source: CardSource.optional(),
  fields: z.record(Slug, z.union([z.string(), z.number(), z.boolean()])).optional(),
});
export const CardChanges = z
  .object({
    title: Text,
    priority: NewCard.shape.priority,
    labels: z.array(z.string()),
    laneId: z.string().nullable(),
    dueAt: z.string().nullable(),
    estimate: z.number().nullable(),
    parentId: Id.nullable(),
    color: z.string().nullable(),
    fields: z.record(Slug, z.union([z.string(), z.number(), z.boolean()])).nullable(),
  })
  .partial();

export type Category = z.infer<typeof Category>;
export type Column = z.infer<typeof Column>;
export type CardSource = z.infer<typeof CardSource>;
export type NewCard = z.infer<typeof NewCard>;
export type CardChanges = z.infer<typeof CardChanges>;
