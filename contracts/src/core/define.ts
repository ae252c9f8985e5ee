import type { z } from 'zod';
import { checkEvolution, type Evolution, type RetiredEvent } from './evolution.js';
import type { Permission } from './permissions.js';

/** Events of one aggregate. `types` maps the event's name to the schema of its `data` (shape only, no limits). */
export interface EventSet<T extends Record<string, z.ZodType> = Record<string, z.ZodType>> {
  context: string;
  aggregate: string;
  types: T;
  versions: NonNullable<Evolution<keyof T & string>['versions']>;
  upcasters: NonNullable<Evolution['upcasters']>;
  retired: Record<string, RetiredEvent>;
}

/** @throws TypeError when something of it could not be read later */
export function defineEvents<T extends Record<string, z.ZodType>>(
  context: string,
  aggregate: string,
  types: T,
  evolution: Evolution<keyof T & string> = {},
): EventSet<T> {
  checkEvolution(Object.keys(types), evolution);
  const { versions = {}, upcasters = {}, retired = {} } = evolution;
  return { context, aggregate, types, versions, upcasters, retired };
}

/** `{type, data}` union of an event set, for deciders and projections. */
export type EventOf<S extends EventSet> = {
  [K in keyof S['types'] & string]: { type: K; data: z.infer<S['types'][K]> };
}[keyof S['types'] & string];

export interface CommandDefinition<D extends z.ZodType = z.ZodType> {
  /** What a person or agent needs; empty = nobody from outside, services only. Any one of them suffices. */
  permission: Permission[];
  /** Services that may send it without that permission. */
  services?: string[];
  /** Where `data` holds ids of what is new (`MintedId`): a path, with `*` for every item of a list. */
  mints?: string[];
  /** Strict schema with the limits. */
  data: D;
}

export interface CommandSet<T extends Record<string, CommandDefinition> = Record<string, CommandDefinition>> {
  context: string;
  aggregate: string;
  /** Field of `data` that holds the aggregate's id. */
  idField: string;
  types: T;
}

export function defineCommands<T extends Record<string, CommandDefinition>>(
  context: string,
  aggregate: string,
  idField: string,
  types: T,
): CommandSet<T> {
  return { context, aggregate, idField, types };
}

export type CommandOf<S extends CommandSet> = {
  [K in keyof S['types'] & string]: { type: K; data: z.infer<S['types'][K]['data']> };
}[keyof S['types'] & string];

/** One kind of view: rows by key under one id. `rows` maps the key's first segment (`card/<id>` → `card`) to its schema. */
export interface ViewDefinition<R extends Record<string, z.ZodType> = Record<string, z.ZodType>> {
  kind: string;
  context: string;
  permission: Permission;
  /** What `id` is, for the documentation: `boardId`, or `all` for a list. */
  id: string;
  rows: R;
}

export function defineView<R extends Record<string, z.ZodType>>(view: ViewDefinition<R>): ViewDefinition<R> {
  return view;
}

export type RowOf<V extends ViewDefinition, K extends keyof V['rows'] & string> = z.infer<V['rows'][K]>;
