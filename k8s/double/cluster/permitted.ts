import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBubblewrap } from '@agencyos/supervisor/server-parts';
import { Network } from './network.js';

/** @returns bubblewrap, where this machine has all that a cluster's double needs; undefined, and why, where it has not */
export async function permitted(projectRoot: string): Promise<string | undefined> {
  const bubblewrap = await findBubblewrap({ projectRoot });
  const folder = await mkdtemp(join(tmpdir(), 'agencyos-cluster-'));
  try {
    if (!bubblewrap) throw new Error('bubblewrap is not to be had.');
    const network = await Network.open(folder);
    await (await network.addPod()).remove();
    await network.close();
    return bubblewrap;
  } catch (error) {
    console.warn(`A cluster's double cannot be run here: ${(error as Error).message}`);
    return undefined;
  } finally {
    await rm(folder, { recursive: true });
  }
}
