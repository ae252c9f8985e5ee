import { newId } from '@agencyos/contracts';
import type { DataSource } from 'typeorm';
import type { Projection } from '../service-definition.js';

/** One building of a projection's views. */
export interface Epoch {
  epoch: string;
  version: number;
  /** Position that the database knows. */
  written: bigint;
  active: boolean;
}

type EpochRow = Omit<Epoch, 'written'> & { position: string };

/** The epoch of this version, unless it is stale; made anew when there is none. */
export async function openEpoch(database: DataSource, { name, version }: Projection): Promise<Epoch> {
  const rows = (await database.query('SELECT epoch, version, position, active, stale FROM projection WHERE name = $1', [
    name,
  ])) as (EpochRow & { stale: boolean })[];
  const ready = rows.find((row) => row.version === version && !row.stale);
  if (ready) return { epoch: ready.epoch, version, written: BigInt(ready.position), active: ready.active };
  const epoch = { epoch: newId(), version, written: 0n, active: rows.length === 0 };
  await database.query('INSERT INTO projection (name, epoch, version, position, active) VALUES ($1, $2, $3, 0, $4)', [
    name,
    epoch.epoch,
    version,
    epoch.active,
  ]);
  return epoch;
}

/** Readers see the old epoch until this commits, the new one afterwards. */
export async function switchEpoch(database: DataSource, { name, version }: Projection, { epoch }: Epoch): Promise<void> {
  await database.transaction(async (manager) => {
    await manager.query('UPDATE projection SET active = false WHERE name = $1 AND active', [name]);
    await manager.query('UPDATE projection SET active = true WHERE name = $1 AND epoch = $2', [name, epoch]);
  });
  await dropOldEpochs(database, name, version);
}

/** The views are built anew beside the ones in use. */
export async function makeStale(database: DataSource, name: string): Promise<void> {
  await database.query('UPDATE projection SET stale = true WHERE name = $1 AND active', [name]);
}

/** Rows of epochs older than the last one replaced, and of stale ones. */
async function dropOldEpochs(database: DataSource, name: string, version: number): Promise<void> {
  const old = (await database.query('SELECT epoch FROM projection WHERE name = $1 AND NOT active AND (version < $2 OR stale)', [
    name,
    version - 1,
  ])) as { epoch: string }[];
  for (const { epoch } of old) {
    await database.query('DELETE FROM view_row WHERE epoch = $1', [epoch]);
    await database.query('DELETE FROM view_entry WHERE epoch = $1', [epoch]);
    await database.query('DELETE FROM view_head WHERE epoch = $1', [epoch]);
    await database.query('DELETE FROM view_gap WHERE epoch = $1', [epoch]);
    await database.query('DELETE FROM parked WHERE consumer = $1 AND epoch = $2', [name, epoch]);
    await database.query('DELETE FROM projection WHERE epoch = $1', [epoch]);
  }
}
