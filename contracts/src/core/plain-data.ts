import { cutText } from './cut-text.js';

/** Where a value holds what no command may: names of members and numbers of items, and a sentence for people. */
export interface DataFault {
  path: string;
  why: string;
}

const NUL = 'must hold no NUL character';
const HALF = 'must hold no half of a surrogate pair';
const NUMBER = 'must be a number from -(2^53 - 1) to 2^53 - 1, for digits would be lost beyond; send it as text';
const PATH_CHARACTERS = 300;

/**
 * The first text that is none (NUL, half of a surrogate pair: no database, digest or screen keeps it) or number that
 * would come out as another one, names of members included. The check of every door; it may recurse, since every door
 * has limited the depth before.
 */
export function dataFault(value: unknown): DataFault | undefined {
  const path: string[] = [];
  const why = faultIn(value, path);
  return why === undefined ? undefined : { path: cutText(path.reverse().join('.'), PATH_CHARACTERS), why };
}

/** @param path filled on the way back, so that it costs nothing where there is no fault */
function faultIn(value: unknown, path: string[]): string | undefined {
  if (typeof value === 'string') return faultOfText(value);
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? undefined : NUMBER;
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const why = faultIn(value[index], path);
      if (why === undefined) continue;
      path.push(String(index));
      return why;
    }
    return undefined;
  }
  for (const key of Object.keys(value)) {
    const why = faultOfText(key) ?? faultIn((value as Record<string, unknown>)[key], path);
    if (why === undefined) continue;
    path.push(cleanText(key));
    return why;
  }
  return undefined;
}

function faultOfText(text: string): string | undefined {
  if (!text.isWellFormed()) return HALF;
  return text.includes('\0') ? NUL : undefined;
}

/** NUL and halves of surrogate pairs → U+FFFD. */
export const cleanText = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd');

/** The same value where all its text is text, else a copy with {@link cleanText} applied throughout. */
export const cleanData = <T>(value: T): T => (dataFault(value) ? (cleaned(value) as T) : value);

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [cleanText(key), cleaned(member)]));
}
