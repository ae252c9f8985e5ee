import { z } from 'zod';
import type { RowOf, ViewDefinition } from './define.js';
import { comparePlaces, fieldValue, orderOf, type WindowPlace } from './window-order.js';

export const WINDOW_LIMITS = {
  /** Rows of one window. */
  rows: 500,
  /** Windows of one WebSocket. */
  windows: 50,
  /** Fields that one window is filtered by, and values of each. */
  filters: 5,
  values: 50,
  textCharacters: 200,
  offset: 10_000_000,
} as const;

/** Fields of a row that hold text, as ids, names, states and times do. */
export type WindowField<Z extends z.ZodType> = {
  [F in keyof z.infer<Z> & string]-?: NonNullable<z.infer<Z>[F]> extends string ? F : never;
}[keyof z.infer<Z> & string];

/** Which rows of a view may be looked at through a window, and by which of their fields. */
export interface WindowRule<N extends string = string, F extends string = string, O extends string = string> {
  /** First segment of their keys. */
  row: N;
  filter: readonly F[];
  /** By the first one, the largest first, unless another is asked for. */
  order: readonly [O, ...O[]];
  /** Fields that a text is looked for in. */
  text: readonly F[];
}

/** What somebody looks at: rows that fit the filter, in an order, from a place on. */
export interface WindowAsked {
  /** By field, the values of which a row has one. */
  filter?: Record<string, string[]> | undefined;
  /** Stands in one of the fields meant for it, in whatever case. */
  text?: string | undefined;
  /** A field, with `-` before it for the largest first. */
  order?: string | undefined;
  /** Rows that come before. */
  offset?: number | undefined;
  /** Begins at this place instead, wherever that is by now. */
  from?: WindowPlace | undefined;
  /** Rows at most; 0 counts alone. */
  limit: number;
}
type ValueOf<R, F> = F extends keyof R ? NonNullable<R[F]> : never;
/** The same for one view: a field that its contract does not name does not compile. */
export type WindowOf<V extends ViewDefinition> = V extends {
  window: WindowRule<string, infer F, infer O>;
}
  ? Omit<WindowAsked, 'filter' | 'order'> & {
      filter?: { [K in F]?: readonly ValueOf<WindowRow<V>, K>[] };
      order?: O | `-${O}`;
    }
  : never;
/** The rows that its windows show. */
export type WindowRow<V extends ViewDefinition> = V extends { window: WindowRule<infer N> }
  ? RowOf<V, N & keyof V['rows'] & string>
  : never;

const atMost = (limit: number, what: string) => ({ error: `at most ${limit} ${what}`, params: { limit } });
const place = z.strictObject({ value: z.string().max(400), key: z.string().max(400) });
const whole = (limit: number) =>
  z
    .int()
    .min(0)
    .refine((n) => n <= limit, { error: `at most ${limit}`, params: { limit } });
/** {@link WindowAsked} as others send it; whether the view has such fields is {@link windowFault}'s to say. */
export const windowAsked = {
  filter: z
    .record(
      z.string().max(60),
      z
        .array(z.string().max(200))
        .min(1)
        .refine(({ length }) => length <= WINDOW_LIMITS.values, atMost(WINDOW_LIMITS.values, 'values')),
    )
    .refine((by) => Object.keys(by).length <= WINDOW_LIMITS.filters, atMost(WINDOW_LIMITS.filters, 'fields'))
    .optional(),
  text: z
    .string()
    .refine(({ length }) => length <= WINDOW_LIMITS.textCharacters, atMost(WINDOW_LIMITS.textCharacters, 'characters'))
    .optional(),
  order: z.string().max(60).optional(),
  offset: whole(WINDOW_LIMITS.offset).optional(),
  from: place.optional(),
  limit: whole(WINDOW_LIMITS.rows),
};

/** What the owner of a view answers: rows of one moment, in order, with where they stand among all that fit. */
export interface WindowPage {
  kind: string;
  id: string;
  epoch: string;
  revision: number;
  incompleteSince?: number;
  /** Rows that fit. */
  total: number;
  /** Those of them that come before the first one here. */
  offset: number;
  /** Rows here at most: fewer than were asked for where they are large. */
  limit: number;
  rows: { key: string; row: unknown }[];
}

/** Why a view has no such window. */
export function windowFault(
  view: ViewDefinition,
  { filter = {}, order }: WindowAsked,
): { field: string; detail: string } | undefined {
  const { kind, window } = view;
  if (!window) return { field: 'kind', detail: `The view ${kind} has no windows; it is read as a whole.` };
  for (const field of Object.keys(filter))
    if (!window.filter.includes(field))
      return { field: `filter.${field}`, detail: `${kind} is filtered by ${window.filter.join(', ')}, not by ${field}.` };
  if (order !== undefined && !window.order.includes(orderOf(order).field))
    return {
      field: 'order',
      detail: `${kind} is ordered by ${window.order.join(', ')}, each also with - before it, not by ${order}.`,
    };
  return undefined;
}

/** A row as windows find it: the fields of {@link windowFields}, and what texts are looked for in. */
export interface WindowEntry {
  fields: string[];
  words: string;
}

/** Those ordered by come first. */
export const windowFields = ({ order, filter }: WindowRule): string[] => [...new Set([...order, ...filter])];

export function windowEntry(rule: WindowRule, row: unknown): WindowEntry {
  const words = rule.text.map((field) => fieldValue(row, field)).join('\n');
  return { fields: windowFields(rule).map((field) => fieldValue(row, field)), words: words.toLowerCase() };
}

/** What the view's rule makes of what was asked: the same in the store, at the gateway and in tests. */
export class WindowSight {
  readonly order: string;
  readonly descending: boolean;
  /** Of the field that is ordered by, among {@link windowFields}. */
  readonly slot: number;
  readonly words: string | undefined;
  /** Values that a row has one of, by slot. */
  readonly filter: [slot: number, values: string[]][];

  constructor(
    readonly rule: WindowRule,
    readonly asked: WindowAsked,
  ) {
    const fields = windowFields(rule);
    const { order = `-${rule.order[0]}`, filter = {}, text = '' } = asked;
    const { field, descending } = orderOf(order);
    this.order = field;
    this.descending = descending;
    this.slot = fields.indexOf(field);
    this.words = text.trim() === '' ? undefined : text.trim().toLowerCase();
    this.filter = Object.entries(filter).map(([name, values]) => [fields.indexOf(name), values]);
  }

  /** Whether a key is that of a row which windows show. */
  has(key: string): boolean {
    return key.startsWith(`${this.rule.row}/`);
  }

  fits({ fields, words }: WindowEntry): boolean {
    if (this.words !== undefined && !words.includes(this.words)) return false;
    return this.filter.every(([slot, values]) => values.includes(fields[slot]!));
  }

  place(key: string, row: unknown): WindowPlace {
    return { value: fieldValue(row, this.order), key };
  }

  /** Below 0 where `a` comes first. */
  compare(a: WindowPlace, b: WindowPlace): number {
    return comparePlaces(a, b, this.descending);
  }
}
