import type { DataSource } from 'typeorm';
import type { EventStore } from './event-store/event-store.js';
import type { Bus } from './messaging/bus.js';
import { within } from './within.js';

type Check = () => boolean | Promise<boolean>;

/** What this process still waits for before it can do its work; empty = ready. */
export class Readiness {
  /** The start has come to an end: tables are up to date, connections were made, handlers listen and consumers run. */
  started = false;
  private readonly checks = new Map<string, Check>();
  private readonly peers = new Map<string, Check>();

  constructor(database: DataSource, bus: Bus, log: Pick<EventStore, 'head'>) {
    this.add('nats', () => bus.connected);
    this.add('postgres', async () => {
      await database.query('SELECT 1');
      return true;
    });
    this.add('log', async () => (await log.head()) >= 0n);
  }

  add(name: string, check: Check): void {
    this.checks.set(name, check);
  }

  /** A check of another process, which a restart of this one cannot mend. */
  addPeer(name: string, check: Check): void {
    this.peers.set(name, check);
  }

  /** A check that fails or takes over a second counts as missing. @param of `self`: without the other processes */
  async missing(of: 'self' | 'all' = 'all'): Promise<string[]> {
    const results = await Promise.all(
      [...this.checks, ...(of === 'all' ? this.peers : [])].map(async ([name, check]) => {
        const passed = await within(1_000, name, Promise.resolve().then(check)).catch(() => false);
        return passed ? [] : [name];
      }),
    );
    return results.flat();
  }
}
