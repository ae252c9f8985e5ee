import type { EventSet, Fact, FactOf, RowAt, RowKey, RowName, RowOf, ViewDefinition } from '@agencyos/contracts';
import type { Projection, RowStore } from './service-definition.js';

/** Rows of one view, as its schema says. */
export interface ViewRows<V extends ViewDefinition> {
  get<K extends RowKey<V>>(key: K): Promise<RowAt<V, K> | undefined>;
  put<K extends RowKey<V>>(key: K, row: RowAt<V, K>): void;
  del(key: RowKey<V>): void;
  /** Rows `<name>/…`, by key. */
  list<N extends RowName<V>>(name: N): Promise<Array<[key: string, row: RowOf<V, N>]>>;
}

/** Read-your-writes access to the rows of a projection. */
export interface Rows {
  of<V extends ViewDefinition>(view: V, id: string): ViewRows<V>;
}

/** One handler per event: a new event does not compile until somebody says what it changes here. */
export type Handlers<S extends EventSet> = {
  [F in FactOf<S> as F['type']]: (fact: F, rows: Rows) => void | Promise<void>;
};

/** The handler of an event that changes nothing here. */
export const unchanged = (): void => undefined;

/** What some events change. One projection may have several, run one after another. */
export interface RowChanges {
  events: readonly EventSet[];
  apply(fact: Fact, rows: Rows): void | Promise<void>;
}

export const changesBy = <const S extends EventSet>(events: readonly S[], on: NoInfer<Handlers<S>>): RowChanges =>
  handledBy(events, on);

/** Of another context's events, most of which do not concern the picture that a service makes itself of them. */
export const changesBySome = <const S extends EventSet>(events: readonly S[], on: NoInfer<Partial<Handlers<S>>>): RowChanges =>
  handledBy(events, on);

function handledBy(events: readonly EventSet[], on: object): RowChanges {
  const handlers = on as Record<string, RowChanges['apply'] | undefined>;
  // Names of events are unique, so those of other sets are not found.
  return { events, apply: (fact, rows) => (Object.hasOwn(handlers, fact.type) ? handlers[fact.type]?.(fact, rows) : undefined) };
}

/** The views, and how facts change them. */
export function defineProjection(
  views: ViewDefinition[],
  { name, version, changes }: { name: string; version: number; changes: readonly RowChanges[] },
): Projection {
  const kinds = new Set(views.map(({ kind }) => kind));
  const categoriesOf = ({ events }: RowChanges) => events.map(({ aggregate }) => aggregate);
  return {
    name,
    version,
    views,
    categories: [...new Set(changes.flatMap(categoriesOf))],
    async project(fact, store) {
      const rows = rowsOf(store, name, kinds);
      for (const { apply } of changes) await apply(fact, rows);
    },
  };
}

function rowsOf(store: RowStore, projection: string, kinds: ReadonlySet<string>): Rows {
  return {
    of<V extends ViewDefinition>({ kind }: V, id: string): ViewRows<V> {
      if (!kinds.has(kind)) throw new TypeError(`${kind} is no view of the projection ${projection}`);
      return {
        get: (key) => store.get(kind, id, key),
        put: (key, row) => store.put(kind, id, key, row),
        del: (key) => store.del(kind, id, key),
        list: (rowName) => store.list(kind, id, `${rowName}/`),
      };
    },
  };
}
