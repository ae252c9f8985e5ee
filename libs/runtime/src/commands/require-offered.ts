import { notOffered, type CommandDescription } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import type { WrittenLevel } from '../level/written-level.js';

/** Code of the refusal of what has to wait until an upgrade is finished. */
export const NOT_OFFERED = 'not_offered';

/**
 * Below its level nobody decides a command: those that it leads to might not know what follows from it. The log is asked
 * before, for the level may just have been raised.
 * @throws Rejection `not_offered` with what it waits for
 */
export async function requireOffered(
  definition: CommandDescription,
  data: unknown,
  level: Pick<WrittenLevel, 'written' | 'refresh'>,
): Promise<void> {
  if (!notOffered(definition, data, level.written)) return;
  await level.refresh();
  const missing = notOffered(definition, data, level.written);
  if (!missing) return;
  const what = missing.field ? `${missing.field} of ${definition.type}` : definition.type;
  throw new Rejection('not_offered', {
    detail: `${what} is offered from level ${missing.level} on, and level ${level.written} is written: an upgrade is under way, \`agencyos upgrade\` says what it waits for.`,
    ...missing,
  });
}

/** Whether it is worth asking. */
export const hasLevel = ({ since, fieldsSince }: CommandDescription): boolean => since !== undefined || fieldsSince !== undefined;
