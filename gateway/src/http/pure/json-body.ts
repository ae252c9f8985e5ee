import { LIMITS, nestedDeeperThan } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';

/** @returns the parsed text. @throws Rejection 400 that says where the text stops being acceptable JSON. */
export function parseJson(text: string): unknown {
  const limit = LIMITS.jsonDepth;
  // Before anything is built: what is made of deep text may be read by recursion, and costs much.
  if (nestedDeeperThan(text, limit))
    throw new Rejection('too_deep', { detail: `Nested deeper than ${limit} levels.`, limit }, 400);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const position = firstMistake(text);
    const what = position < text.length ? `stops being JSON at character ${position}` : 'ends too early';
    throw new Rejection('malformed_json', { position, detail: `The body ${what}.` }, 400);
  }
  // Only a text that holds the word, or an escape that may spell it, is looked at member by member.
  if (/__proto__|\\u/.test(text)) refuseProto(value);
  return value;
}

/** V8 does not always say where; the longest beginning that could still become JSON ends there. */
function firstMistake(text: string): number {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (couldGoOn(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function couldGoOn(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    const { message } = error as Error;
    return message.startsWith('Unexpected end') || message.includes(`at position ${beginning.length} `);
  }
}

/** Refuses keys that reach prototypes. */
function refuseProto(value: unknown, path: readonly string[] = []): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    const field = [...path, key];
    if (key === '__proto__') {
      const detail = 'The key __proto__ is not accepted.';
      throw new Rejection('forbidden_key', { field: field.join('.'), detail }, 400);
    }
    refuseProto(member, field);
  }
}
