import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayClient } from './gateway-client.js';
import type { GatewayTarget } from './target.js';

/** A minute less than the gateway lets it live. */
const KEPT_MS = 14 * 60_000;

interface Kept {
  url: string;
  token: string;
  /** ms */
  keptAt: number;
}

type Place = Pick<GatewayTarget, 'dataDir' | 'url'>;

const fileIn = (dataDir: string): string => join(dataDir, 'login');

/** Keeps a sign-in on the disk, only where no command of a task can read it. @returns whether it did */
export function keep({ dataDir, url }: Place, token: string): boolean {
  if (!isolated(dataDir)) return false;
  const kept: Kept = { url, token, keptAt: Date.now() };
  rmSync(fileIn(dataDir), { force: true }); // one that is there would keep its mode
  writeFileSync(fileIn(dataDir), JSON.stringify(kept), { mode: 0o600, flag: 'wx' });
  return true;
}

/** The token that is kept and still good. */
export function readKept({ dataDir, url }: Place): string | undefined {
  if (!isolated(dataDir)) {
    rmSync(fileIn(dataDir), { force: true });
    return undefined;
  }
  const kept = parse(fileIn(dataDir)) as Kept | undefined;
  const age = kept ? Date.now() - kept.keptAt : Infinity;
  return kept?.url === url && age >= 0 && age < KEPT_MS ? kept.token : undefined;
}

/** @returns the token that was kept */
export function removeKept(place: Place): string | undefined {
  const kept = readKept(place);
  rmSync(fileIn(place.dataDir), { force: true });
  return kept;
}

/** Ends the sign-in at the gateway; it ends by itself within a quarter of an hour. */
export async function forget(person: GatewayClient): Promise<void> {
  await person.post('/api/v1/logout', {}).catch(() => undefined);
}

/** `isolation.json`, which workers write at every start: how commands are kept out of the data folder, if at all. */
function isolated(dataDir: string): boolean {
  const { way } = (parse(join(dataDir, 'isolation.json')) ?? {}) as { way?: unknown };
  return typeof way === 'string' && way !== 'none';
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}
