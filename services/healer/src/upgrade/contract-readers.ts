import type { UpgradeState } from '@agencyos/contracts';

export type ContractReader = UpgradeState['readers'][number];

/** Who has not been heard for so long is not waited for. If it lives all the same, its lock says so. */
const SILENT_MS = 10_000;

/**
 * Up to which level each process of each service reads contracts, by its heartbeats. Those of a version of before levels say
 * nothing of it, and count as 0.
 *
 * Pure: `now` is any monotonic clock in milliseconds.
 */
export class ContractReaders {
  private readonly known = new Map<string, ContractReader & { heardAt: number }>();
  /** Since when all have read at least so much. */
  private steady: { level: number; since: number } | undefined;

  /** @param services each must be heard before anything is raised */
  constructor(private readonly services: readonly string[]) {}

  heard({ service, instanceId, reads }: ContractReader, now: number): void {
    if (this.services.includes(service)) this.known.set(`${service} ${instanceId}`, { service, instanceId, reads, heardAt: now });
  }

  left(service: string, instanceId: string): void {
    this.known.delete(`${service} ${instanceId}`);
  }

  present(now: number): ContractReader[] {
    for (const [key, { heardAt }] of this.known) if (now - heardAt >= SILENT_MS) this.known.delete(key);
    return [...this.known.values()].map(({ service, instanceId, reads }) => ({ service, instanceId, reads }));
  }

  silent(now: number): string[] {
    const present = new Set(this.present(now).map(({ service }) => service));
    return this.services.filter((service) => !present.has(service));
  }

  readByAll(now: number): number | undefined {
    return this.silent(now).length > 0 ? undefined : Math.min(...this.present(now).map(({ reads }) => reads));
  }

  /** For how long all have read more than what is written; called at least once a second. */
  steadyMs(written: number, now: number): number | undefined {
    const level = this.readByAll(now);
    if (level === undefined || level <= written) this.steady = undefined;
    else if (this.steady?.level !== level) this.steady = { level, since: now };
    return this.steady && now - this.steady.since;
  }
}
