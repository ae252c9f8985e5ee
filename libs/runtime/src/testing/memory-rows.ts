import type { ViewDefinition } from '@agencyos/contracts';
import type { ViewRows } from '../define-projection.js';
import type { RowStore } from '../service-definition.js';

interface Row {
  kind: string;
  id: string;
  key: string;
  value: unknown;
}

/** Rows of projections in memory. */
export class MemoryRows implements RowStore {
  private readonly rows = new Map<string, Row>();

  get<T>(kind: string, id: string, key: string): Promise<T | undefined> {
    return Promise.resolve(structuredClone(this.rows.get(nameOf(kind, id, key))?.value) as T | undefined);
  }

  put(kind: string, id: string, key: string, value: unknown): void {
    this.rows.set(nameOf(kind, id, key), { kind, id, key, value: JSON.parse(JSON.stringify(value)) });
  }

  del(kind: string, id: string, key: string): void {
    this.rows.delete(nameOf(kind, id, key));
  }

  list<T>(kind: string, id: string, prefix = ''): Promise<Array<[string, T]>> {
    const found = [...this.rows.values()]
      .filter((row) => row.kind === kind && row.id === id && row.key.startsWith(prefix))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    return Promise.resolve(found.map(({ key, value }) => [key, structuredClone(value) as T]));
  }

  /** The same as whoever reads the views sees it. */
  of<V extends ViewDefinition>({ kind }: V, id: string): Pick<ViewRows<V>, 'get' | 'list'> {
    return { get: (key) => this.get(kind, id, key), list: (name) => this.list(kind, id, `${name}/`) };
  }

  /** Every row, or those of one kind whose key begins so. */
  all<T>(kind?: string, prefix = ''): Array<Row & { value: T }> {
    return [...this.rows.values()].filter(
      (row) => kind === undefined || (row.kind === kind && row.key.startsWith(prefix)),
    ) as Array<Row & { value: T }>;
  }
}

const nameOf = (kind: string, id: string, key: string) => `${kind}\u0000${id}\u0000${key}`;
