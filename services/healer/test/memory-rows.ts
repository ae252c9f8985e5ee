import type { Rows } from '@agencyos/runtime';

/** Rows of a projection in memory. */
export class MemoryRows implements Rows {
  private readonly rows = new Map<string, unknown>();

  get<T>(kind: string, id: string, key: string): Promise<T | undefined> {
    return Promise.resolve(structuredClone(this.rows.get(`${kind} ${id} ${key}`)) as T | undefined);
  }

  put(kind: string, id: string, key: string, value: unknown): void {
    this.rows.set(`${kind} ${id} ${key}`, JSON.parse(JSON.stringify(value)));
  }

  del(kind: string, id: string, key: string): void {
    this.rows.delete(`${kind} ${id} ${key}`);
  }

  list<T>(kind: string, id: string, prefix = ''): Promise<Array<[string, T]>> {
    const start = `${kind} ${id} `;
    const found = [...this.rows].filter(([key]) => key.startsWith(start + prefix));
    return Promise.resolve(
      found.map(([key, value]) => [key.slice(start.length), structuredClone(value) as T]),
    );
  }
}
