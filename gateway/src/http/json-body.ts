import { LIMITS } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';

/** @returns the parsed text. @throws Rejection 400 that says where the text stops being acceptable JSON. */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const position = firstMistake(text);
    const what = position < text.length ? `stops being JSON at character ${position}` : 'ends too early';
    throw new Rejection('malformed_json', { position, detail: `The body ${what}.` }, 400);
  }
  checkShape(value);
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

/** Refuses keys that reach prototypes and nesting that would exhaust a reader, without recursing itself. */
function checkShape(root: unknown): void {
  const open: Array<{ value: unknown; depth: number; path: string }> = [{ value: root, depth: 1, path: '' }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, depth, path } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > LIMITS.jsonDepth) {
      throw new Rejection(
        'too_deep',
        { detail: `Nested deeper than ${LIMITS.jsonDepth} levels.`, limit: LIMITS.jsonDepth },
        400,
      );
    }
    for (const [key, child] of Object.entries(value)) {
      const field = path ? `${path}.${key}` : key;
      if (key === '__proto__') {
        throw new Rejection('forbidden_key', { field, detail: 'The key __proto__ is not accepted.' }, 400);
      }
      open.push({ value: child, depth: depth + 1, path: field });
    }
  }
}
