import { z } from 'zod';
import { cutText } from './cut-text.js';
import { LIMITS } from './envelope.js';
import { Text, text } from './scalars.js';
import { Content } from './types.js';

/** NUL and the controls that reorder or hide text on a screen. */
const FORBIDDEN = /[\u0000\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const FORBIDDEN_MESSAGE = 'must hold no NUL and no bidirectional control characters';

/** Free text as commands accept it: not blank, limited, nothing that can disguise it. */
export const limitedText = (max: number = LIMITS.textCharacters) =>
  Text.refine((value) => value.trim().length > 0, { error: 'must not be empty' })
    .refine((value) => value.length <= max, {
      error: `must have at most ${max} characters`,
      params: { limit: max },
    })
    .refine((value) => !FORBIDDEN.test(value), { error: FORBIDDEN_MESSAGE });

/** Text of someone else's fact, made fit for a command: cut between characters, without what commands refuse. */
export function fitText(value: string, max: number = LIMITS.textCharacters, instead = '–'): Text {
  const cut = cutText(value.toWellFormed().replace(new RegExp(FORBIDDEN, 'g'), ''), max);
  return text(cut.trim() === '' ? instead : cut);
}

/** A short machine-near string (label, colour, key). */
export const limitedString = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !FORBIDDEN.test(value), { error: FORBIDDEN_MESSAGE });

export const limitedList = <T extends z.ZodType>(item: T, max: number = LIMITS.listItems) => z.array(item).max(max);

/** {@link Json} as commands accept it: inline up to 16 KiB and 32 levels, else by reference. */
export const LimitedJson = z.union([
  z
    .strictObject({ value: z.unknown() })
    .refine(({ value }) => jsonBytes(value) <= LIMITS.inlineJsonBytes, {
      error: `inline JSON must have at most ${LIMITS.inlineJsonBytes} bytes; store it as content`,
      params: { limit: LIMITS.inlineJsonBytes },
    })
    .refine(({ value }) => depthWithin(value, LIMITS.jsonDepth), {
      error: `must be nested at most ${LIMITS.jsonDepth} levels deep`,
      params: { limit: LIMITS.jsonDepth },
    }),
  z.strictObject({ content: z.strictObject(Content.shape) }),
]);

const jsonBytes = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value) ?? 'null').length;

function depthWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => depthWithin(member, levels - 1));
}
