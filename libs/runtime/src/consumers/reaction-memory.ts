import type { DataSource, EntityManager } from 'typeorm';
import type { Memory } from '../service-definition.js';
import { readMemory, writeMemory, type MemoryChange } from './tables.js';

const CACHED = 20_000;

/** What one set of reactions remembers: read once, changed here first, written some time later. */
export class ReactionMemory {
  private readonly cache = new Map<string, unknown>();
  private readonly unwritten = new Map<string, unknown>();

  constructor(
    private readonly database: DataSource,
    private readonly consumer: string,
  ) {}

  get isWritten(): boolean {
    return this.unwritten.size === 0;
  }

  reset(): void {
    this.cache.clear();
    this.unwritten.clear();
  }

  /** For the reactions to one fact. @returns also what keeps their changes, once all else has gone well */
  ofFact(): { memory: Memory; keep(): void } {
    const changes = new Map<string, unknown>();
    const memory: Memory = {
      get: async <T>(key: string) => (changes.has(key) ? changes.get(key) : await this.remembered(key)) as T | undefined,
      set: (key, value) => changes.set(key, JSON.parse(JSON.stringify(value))),
      delete: (key) => changes.set(key, undefined),
    };
    const keep = () => {
      for (const [key, value] of changes) {
        this.unwritten.set(key, value);
        this.remember(key, value);
      }
    };
    return { memory, keep };
  }

  /** @returns what is to be called when the transaction is committed */
  async write(manager: EntityManager): Promise<() => void> {
    const changes: MemoryChange[] = [...this.unwritten].map(([key, value]) => ({ key, value }));
    await writeMemory(manager, this.consumer, changes);
    return () => {
      for (const { key, value } of changes) if (this.unwritten.get(key) === value) this.unwritten.delete(key);
    };
  }

  private async remembered(key: string): Promise<unknown> {
    if (!this.cache.has(key)) this.remember(key, await readMemory(this.database, this.consumer, key));
    return structuredClone(this.cache.get(key));
  }

  private remember(key: string, value: unknown): void {
    this.cache.delete(key);
    this.cache.set(key, value);
    if (this.cache.size <= CACHED) return;
    for (const oldest of this.cache.keys()) {
      if (!this.unwritten.has(oldest)) return void this.cache.delete(oldest);
    }
  }
}
