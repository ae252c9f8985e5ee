import { LIMITS } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';

/** @returns the parsed text. @throws Rejection 400 that says where the text stops being acceptable JSON. */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Rejection('malformed_json', { detail: `The body is not JSON: ${(error as Error).message}.`, ...whereOf(error, text) }, 400);
  }
  checkShape(value);
  return value;
}

/** V8 says "at position 17", or "Unexpected end" for a text that is cut off. */
function whereOf(error: unknown, text: string): { position: number } {
  const position = /position (\d+)/.exec((error as Error).message)?.[1];
  return { position: position === undefined ? text.length : Number(position) };
}

/** Refuses keys that reach prototypes and nesting that would exhaust a reader, without recursing itself. */
function checkShape(root: unknown): void {
  const open: Array<{ value: unknown; depth: number; path: string }> = [{ value: root, depth: 1, path: '' }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, depth, path } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > LIMITS.jsonDepth) {
      throw new Rejection('too_deep', { detail: `Nested deeper than ${LIMITS.jsonDepth} levels.`, limit: LIMITS.jsonDepth }, 400);
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
