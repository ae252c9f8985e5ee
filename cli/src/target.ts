import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CliProblem } from './cli-problem.js';

/** Which installation to talk to, and as whom. */
export interface Target {
  /** Without a slash at the end. */
  url: string;
  token: string;
}

export interface TargetOptions {
  url?: string | undefined;
  dataDir?: string | undefined;
}

const defaultUrl = 'http://127.0.0.1:8400';

/**
 * Finds the gateway's address (`--url`, AGENCYOS_URL, `<data-dir>/url`, the default) and the token (AGENCYOS_TOKEN,
 * `<data-dir>/cli-token`). The data folder is `--data-dir`, AGENCYOS_DATA_DIR, else `.agencyos` here or further up.
 *
 * @throws CliProblem
 */
export function findTarget({ url, dataDir }: TargetOptions, env = process.env, cwd = process.cwd()): Target {
  const folder = resolve(cwd, dataDir ?? env['AGENCYOS_DATA_DIR'] ?? nearestDataDir(cwd));
  const address = url ?? env['AGENCYOS_URL'] ?? read(join(folder, 'url')) ?? defaultUrl;
  const token = env['AGENCYOS_TOKEN'] ?? read(join(folder, 'cli-token'));
  if (!token) {
    throw new CliProblem(
      `There is no token in ${folder}: start AgencyOS with \`npm start\`, or name its data folder with --data-dir.`,
    );
  }
  return { url: checkedUrl(address), token };
}

function checkedUrl(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new CliProblem(`"${address}" is no address: give one like ${defaultUrl} with --url.`, 2);
  }
  return url.origin;
}

function nearestDataDir(cwd: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const candidate = join(folder, '.agencyos');
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) return join(cwd, '.agencyos');
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CliProblem(
      `${path} cannot be read (${code ?? 'unknown'}): use the account that started AgencyOS.`,
    );
  }
}
