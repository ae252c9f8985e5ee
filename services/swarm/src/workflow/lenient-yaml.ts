import { WORKFLOW_LIMITS } from '@agencyos/contracts';
import { isAlias, isMap, isScalar, isSeq, parseDocument, visit, type Document } from 'yaml';
import type { YamlPlace } from './yaml-places.js';
import type { YamlFault, YamlRead } from './yaml-value.js';

const FAULTS = 20;
const MAX_NESTING = 64;

/**
 * What a strict reader refuses: mistakes, all of which are told, and forms that are no YAML and yet meant clearly, like a
 * closing bracket at the indentation of its key. It takes several times as long.
 */
export function readLeniently(source: string): YamlRead | YamlFault[] {
  const unfit = tooDeep(source);
  if (unfit) return [unfit];
  let document: Document;
  try {
    document = parseDocument(source, { merge: false, uniqueKeys: false, strict: true, stringKeys: true });
  } catch {
    return [{ code: 'yaml', message: 'the file is nested too deeply', at: -1 }];
  }
  if (document.errors.length > 0) {
    return document.errors.slice(0, FAULTS).map(({ message, pos: [at] }) => ({
      code: 'yaml',
      message: message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, ''),
      at,
    }));
  }
  let aliases = 0;
  visit(document, { Alias: () => void aliases++ });
  try {
    const value: unknown = document.toJS({ maxAliasCount: WORKFLOW_LIMITS.aliases });
    return { value, aliases, faults: wrongKeys(document), places: () => placeOf(document.contents) };
  } catch {
    return [{ code: 'too_large', message: 'its aliases expand to too much', at: -1 }];
  }
}

/** What would only be found after much work. */
function tooDeep(source: string): YamlFault | undefined {
  let flow = 0;
  for (let at = 0; at < source.length; at++) {
    const character = source[at];
    if (character === '[' || character === '{') flow++;
    else if (character === ']' || character === '}') flow--;
    if (flow > MAX_NESTING) return { code: 'yaml', message: `more than ${MAX_NESTING} brackets are open`, at };
  }
  const deep = /(?:[-?] ){64}/.test(source);
  return deep ? { code: 'yaml', message: 'the file is nested too deeply', at: -1 } : undefined;
}

function wrongKeys(document: Document): YamlFault[] {
  const faults: YamlFault[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const forbidden = key.value === '__proto__' || key.value === '<<';
        if (forbidden || seen.has(key.value)) {
          const why = forbidden ? 'is not allowed' : 'stands here twice';
          const message = `the key "${String(key.value)}" ${why}`;
          faults.push({ code: 'yaml', message, at: key.range?.[0] ?? -1 });
        }
        seen.add(key.value);
      }
      return faults.length > FAULTS ? visit.BREAK : undefined;
    },
  });
  return faults;
}

function placeOf(node: unknown): YamlPlace {
  if (isSeq(node)) return { at: node.range?.[0] ?? -1, items: node.items.map(placeOf) };
  if (isMap(node)) {
    const members = new Map<string, { key: number; value: YamlPlace }>();
    for (const { key, value } of node.items)
      if (isScalar(key)) members.set(String(key.value), { key: key.range?.[0] ?? -1, value: placeOf(value) });
    return { at: node.range?.[0] ?? -1, members };
  }
  return { at: isScalar(node) || isAlias(node) ? (node.range?.[0] ?? -1) : -1 };
}
