import type { z } from 'zod';
import type { CommandDefinition } from './define.js';

/** Finds a command that could not be held back when it is defined. @throws TypeError */
export function checkOffer(type: string, { since = 1, fieldsSince = {}, data }: CommandDefinition): void {
  const wrong = (what: string) => new TypeError(`commands are not defined well: ${type} ${what}`);
  const isLevel = (level: number) => Number.isInteger(level) && level >= 1;
  if (!isLevel(since)) throw wrong(`is offered from the level ${since}`);
  const { shape = {} } = data as { shape?: Record<string, z.ZodType> };
  for (const [path, level] of Object.entries(fieldsSince)) {
    const [first = '', ...deeper] = path.split('.');
    if (!isLevel(level)) throw wrong(`offers ${path} from the level ${level}`);
    if (!shape[first]) throw wrong(`offers ${path} from a level on, but has no such field`);
    if (deeper.length === 0 && !shape[first].safeParse(undefined).success)
      throw wrong(`offers ${path} from a level on, but is refused without it`);
  }
}
