import type { WorkflowProblem } from '@agencyos/contracts';
import { EVENT_ID, getScalarValue, SCALAR_STYLE, type Event, type ScalarEvent } from 'js-yaml';
import { coreValue, isRefused, taggedValue } from './core-schema.js';
import type { YamlPlace } from './yaml-places.js';

/** What is wrong at a place of the source. */
export interface YamlFault {
  code: WorkflowProblem['code'];
  message: string;
  at: number;
}

/** What a file says, and where. */
export interface YamlRead {
  value: unknown;
  aliases: number;
  /** Of its keys and values. */
  faults: YamlFault[];
  places(): YamlPlace;
}

/** Values that all aliases together may repeat. */
const EXPANDED = 200_000;
const FAULTS = 20;

type Collection = { list: unknown[] } | { map: Record<string, unknown>; key: string | typeof NO_KEY | undefined };
interface Open {
  value: unknown;
  into: Collection;
  anchor: string;
  /** How many values there were before. */
  before: number;
}
/** In place of a key that is none. */
const NO_KEY = Symbol('no key');

/**
 * The value of the events of one document. An alias is the very value that it names; how much all of them repeat is
 * counted, because whoever walks the value walks them all.
 */
export function readValue(source: string, events: readonly Event[]): { value: unknown; faults: YamlFault[] } {
  const faults: YamlFault[] = [];
  const anchors = new Map<string, { value: unknown; size: number }>();
  const open: Open[] = [];
  let [root, size]: [unknown, number] = [null, 0];
  const fault = (message: string, at: number, code: YamlFault['code'] = 'yaml') => {
    if (faults.length < FAULTS) faults.push({ code, message, at });
  };
  const put = (value: unknown, text: string | undefined, at: number) => {
    const into = open.at(-1)?.into;
    if (!into) root = value;
    else if ('list' in into) into.list.push(value);
    else if (into.key === undefined) into.key = keyOf(into.map, text, at, fault);
    else {
      if (into.key !== NO_KEY) assign(into.map, into.key as string, value);
      into.key = undefined;
    }
  };
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      const closed = open.pop();
      if (closed?.anchor) anchors.set(closed.anchor, { value: closed.value, size: size - closed.before });
      continue;
    }
    size++;
    const anchor = source.slice(event.anchorStart, event.anchorEnd);
    if (event.type === EVENT_ID.ALIAS) {
      const known = anchors.get(anchor);
      if (!known) fault(`nothing before it is called &${anchor}`, event.anchorStart - 1);
      size += known?.size ?? 0;
      if (size > EXPANDED) {
        return { value: null, faults: [{ code: 'too_large', message: 'its aliases expand to too much', at: -1 }] };
      }
      put(known?.value ?? null, undefined, event.anchorStart - 1);
      continue;
    }
    const tag = event.tagStart < 0 ? undefined : source.slice(event.tagStart, event.tagEnd);
    if (tag !== undefined && isRefused(tag)) fault(`the tag ${tag} is not allowed`, event.tagStart);
    if (event.type === EVENT_ID.SCALAR) {
      const text = getScalarValue(source, event);
      const value = scalarValue(text, tag, event);
      if (anchor) anchors.set(anchor, { value, size: 1 });
      put(value, text, placeOf(source, event));
      continue;
    }
    const into = event.type === EVENT_ID.SEQUENCE ? { list: [] } : { map: {}, key: undefined };
    const value = 'list' in into ? into.list : into.map;
    put(value, undefined, event.start);
    open.push({ value, into, anchor, before: size });
    if (anchor) anchors.delete(anchor); // it cannot hold itself
  }
  return { value: root, faults };
}

function scalarValue(text: string, tag: string | undefined, { style }: ScalarEvent): unknown {
  if (tag !== undefined) return taggedValue(tag, text);
  return style === SCALAR_STYLE.PLAIN ? coreValue(text) : text;
}

function keyOf(
  map: Record<string, unknown>,
  text: string | undefined,
  at: number,
  fault: (message: string, at: number) => void,
): string | typeof NO_KEY {
  if (text === undefined) fault('a key has to be text', at);
  else if (text === '__proto__' || text === '<<') fault(`the key "${text}" is not allowed`, at);
  else if (Object.hasOwn(map, text)) fault(`the key "${text}" stands here twice`, at);
  return text ?? NO_KEY;
}

function assign(map: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
  else map[key] = value;
}

/** Where a scalar begins, quotes and the mark of a block included; -1 where nothing is written. */
export function placeOf(source: string, { style, valueStart }: ScalarEvent): number {
  switch (style) {
    case SCALAR_STYLE.SINGLE_QUOTED:
    case SCALAR_STYLE.DOUBLE_QUOTED:
      return valueStart - 1;
    case SCALAR_STYLE.LITERAL_BLOCK:
    case SCALAR_STYLE.FOLDED_BLOCK: {
      const line = source.lastIndexOf('\n', valueStart - 2) + 1;
      const mark = /[|>][-+0-9]*[ \t]*(?:#.*)?\r?$/.exec(source.slice(line, valueStart - 1));
      return mark ? line + mark.index : valueStart;
    }
    default:
      return valueStart;
  }
}
