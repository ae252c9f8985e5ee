import type { z } from 'zod';
import type { Fact } from './envelope.js';
import { checkEvolution, type Evolution, type RetiredEvent } from './evolution.js';
import { checkOffer } from './offer.js';
import type { Permission } from './permissions.js';
import type { Refusal } from './refusals.js';
import type { WindowField, WindowRule } from './windows.js';

/** Events of one aggregate. `types` maps the event's name to the schema of its `data` (shape only, no limits). */
export interface EventSet<T extends Record<string, z.ZodType> = Record<string, z.ZodType>> {
  context: string;
  aggregate: string;
  types: T;
  versions: NonNullable<Evolution<keyof T & string>['versions']>;
  upcasters: NonNullable<Evolution['upcasters']>;
  retired: Record<string, RetiredEvent>;
  since: NonNullable<Evolution['since']>;
}

/** @throws TypeError when something of it could not be read later */
export function defineEvents<T extends Record<string, z.ZodType>>(
  context: string,
  aggregate: string,
  types: T,
  evolution: Evolution<keyof T & string> = {},
): EventSet<T> {
  checkEvolution(Object.keys(types), evolution);
  const { versions = {}, upcasters = {}, retired = {}, since = {} } = evolution;
  return { context, aggregate, types, versions, upcasters, retired, since };
}

/** `{type, data}` union of an event set, for deciders and projections. */
export type EventOf<S extends EventSet> = {
  [K in keyof S['types'] & string]: { type: K; data: z.infer<S['types'][K]> };
}[keyof S['types'] & string];

/** The same as consumers see them; of several sets, the union. */
export type FactOf<S extends EventSet> = S extends EventSet
  ? { [K in keyof S['types'] & string]: Fact<K, z.infer<S['types'][K]>> }[keyof S['types'] & string]
  : never;

export interface CommandDefinition<D extends z.ZodType = z.ZodType> {
  /** What a person or agent needs; empty = nobody from outside, services only. Any one of them suffices. */
  permission: Permission[];
  /** Services that may send it without that permission. */
  services?: string[];
  /** Where `data` holds ids of what is new (`MintedId`): a path, with `*` for every item of a list. */
  mints?: string[];
  /** Why it may be refused, beside what any command meets: whoever decides it has no other codes. */
  refusals: readonly Refusal[];
  /** Strict schema with the limits. */
  data: D;
  /** Level from which it is offered; at every one when absent. */
  since?: number;
  /** The same of optional fields that came later, by path: `{'cards.*.due': 2}`. */
  fieldsSince?: Record<string, number>;
}

export interface CommandSet<
  T extends Record<string, CommandDefinition> = Record<string, CommandDefinition>,
  C extends string = string,
> {
  context: C;
  aggregate: string;
  /** Field of `data` that holds the aggregate's id. */
  idField: string;
  types: T;
}

/** @throws TypeError when a level is not one, or is that of a field that whoever reads less must send */
export function defineCommands<T extends Record<string, CommandDefinition>, const C extends string>(
  context: C,
  aggregate: string,
  idField: string,
  types: T,
): CommandSet<T, C> {
  for (const [type, definition] of Object.entries(types)) checkOffer(type, definition);
  return { context, aggregate, idField, types };
}

export type CommandOf<S extends CommandSet> = {
  [K in keyof S['types'] & string]: { type: K; data: z.infer<S['types'][K]['data']> };
}[keyof S['types'] & string];

/** The same as its sender writes it: what has a default may be left out. Of several sets, the union. */
export type SentCommandOf<S extends CommandSet> = S extends CommandSet
  ? { [K in keyof S['types'] & string]: { type: K; data: z.input<S['types'][K]['data']> } }[keyof S['types'] & string]
  : never;

/** One kind of view: rows by key under one id. `rows` maps the key's first segment (`card/<id>` → `card`) to its schema. */
export interface ViewDefinition<R extends Record<string, z.ZodType> = Record<string, z.ZodType>, K extends string = string> {
  kind: K;
  context: string;
  permission: Permission;
  /** What `id` is, for the documentation: `boardId`, or `all` for a list. */
  id: string;
  rows: R;
  /** How it is looked at in parts; as a whole only when absent. */
  window?: WindowRule;
}

/** What a window is filtered and ordered by are fields of its rows that hold text: others do not compile. */
export function defineView<
  R extends Record<string, z.ZodType>,
  const K extends string,
  N extends keyof R & string,
  F extends WindowField<R[N]>,
  O extends WindowField<R[N]>,
>(view: ViewDefinition<R, K> & { window: WindowRule<N, F, O> }): ViewDefinition<R, K> & { window: WindowRule<N, F, O> };
export function defineView<R extends Record<string, z.ZodType>, const K extends string>(
  view: ViewDefinition<R, K> & { window?: never },
): ViewDefinition<R, K>;
export function defineView(view: ViewDefinition): ViewDefinition {
  return view;
}

/** First segments of a view's keys. */
export type RowName<V extends ViewDefinition> = keyof V['rows'] & string;
export type RowOf<V extends ViewDefinition, N extends RowName<V>> = z.infer<V['rows'][N]>;
/** `board`, `card/<id>`. */
export type RowKey<V extends ViewDefinition> = RowName<V> | `${RowName<V>}/${string}`;
/** The row under a key. */
export type RowAt<V extends ViewDefinition, K extends RowKey<V>> = RowOf<
  V,
  (K extends `${infer N}/${string}` ? N : K) & RowName<V>
>;
