import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { System } from './system.js';

const cli = join(import.meta.dirname, '..', '..', 'cli', 'bin', 'agencyos.mjs');

/** One command of the real command line, and what it said. */
export async function agencyos({ dataDir }: System, ...argv: string[]): Promise<{ code: number | null; said: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', AGENCYOS_DATA_DIR: dataDir };
  const child = spawn(process.execPath, [cli, ...argv], { cwd: join(dataDir, '..'), env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}
