import type { DataSource } from 'typeorm';
import { pause } from './background.js';
import type { Bus } from './messaging/bus.js';

/** What this process still waits for before it can do its work; empty = ready. */
export class Readiness {
  private readonly checks = new Map<string, () => boolean | Promise<boolean>>();

  constructor(database: DataSource, bus: Bus) {
    this.add('nats', () => bus.connected);
    this.add('postgres', async () => {
      await database.query('SELECT 1');
      return true;
    });
  }

  add(name: string, check: () => boolean | Promise<boolean>): void {
    this.checks.set(name, check);
  }

  /** A check that fails or takes over a second counts as missing. */
  async missing(): Promise<string[]> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => {
        const passed = await Promise.race([Promise.resolve().then(check).catch(() => false), pause(1_000).then(() => false)]);
        return passed ? [] : [name];
      }),
    );
    return results.flat();
  }
}
