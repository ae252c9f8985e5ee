/*
 * Limits of text count UTF-16 code units, as JavaScript's `length` and a form's `maxlength` do: most emoji are two.
 * Text is cut here and nowhere else, between characters: half of a surrogate pair is no text, digests and PostgreSQL
 * refuse it.
 */

/** At most `max` units; what was cut ends with `…`. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${startOfText(text, max - 1)}…`;
}

/** The first whole characters, at most `max` units. */
export const startOfText = (text: string, max: number): string =>
  text.slice(0, text.length > max && isFirstHalf(text, max - 1) ? max - 1 : Math.max(0, max));

/** The last whole characters, at most `max` units. */
export function endOfText(text: string, max: number): string {
  const from = Math.max(0, text.length - max);
  return text.slice(from > 0 && isFirstHalf(text, from - 1) ? from + 1 : from);
}

const isFirstHalf = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xd800;
