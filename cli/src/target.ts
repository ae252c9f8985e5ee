import { lstatSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CliProblem } from './cli-problem.js';

/** Which installation to talk to, and as whom. */
export interface GatewayTarget {
  /** Without a slash at the end. */
  url: string;
  token: string;
  /** Somebody wrote the address down for this very command, so it may be wrong. */
  named: boolean;
  /** The token is one that somebody gave for this very command, rather than the data folder's. */
  ownToken: boolean;
  dataDir: string;
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
 * A secret goes only where its owner sends it: AGENCYOS_TOKEN to an address that is named beside it, the data folder's
 * token there too, or to this machine. Whoever may write into a folder above can leave an `.agencyos` of theirs in it.
 *
 * @throws CliProblem
 */
export function findTarget({ url, dataDir }: TargetOptions, env = process.env, cwd = process.cwd()): GatewayTarget {
  const given = dataDir ?? env['AGENCYOS_DATA_DIR'];
  const folder = given === undefined ? nearestDataDir(cwd) : resolve(cwd, given);
  const named = url ?? env['AGENCYOS_URL'];
  const ownToken = env['AGENCYOS_TOKEN'];
  if (ownToken && named === undefined) {
    throw new CliProblem('AGENCYOS_TOKEN is sent only to an address that you name: set AGENCYOS_URL beside it, or give --url.');
  }
  if (ownToken && named !== undefined)
    return { url: checkedUrl(named), token: ownToken, named: true, ownToken: true, dataDir: folder };
  if (given === undefined) requireOwn(folder);
  const address = named ?? onThisMachine(read(join(folder, 'url')) ?? defaultUrl, folder);
  const token = read(join(folder, 'cli-token'));
  if (!token) {
    throw new CliProblem(
      `There is no token in ${folder}: start AgencyOS with \`npm start\`, or name its data folder with --data-dir.`,
    );
  }
  return {
    ...{ url: checkedUrl(address), token, named: named !== undefined, ownToken: false },
    dataDir: folder,
  };
}

/** The data folder of this command line, whatever lies in it. @throws CliProblem */
export function findDataDir(dataDir: string | undefined, env = process.env, cwd = process.cwd()): string {
  const given = dataDir ?? env['AGENCYOS_DATA_DIR'];
  if (given !== undefined) return resolve(cwd, given);
  const folder = nearestDataDir(cwd);
  requireOwn(folder);
  return folder;
}

function checkedUrl(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new CliProblem(`"${address}" is no address: give one like ${defaultUrl} with --url.`, 2);
  }
  return url.origin;
}

function onThisMachine(address: string, folder: string): string {
  const { hostname } = new URL(checkedUrl(address));
  if (/^127(\.\d+){3}$/.test(hostname) || hostname === 'localhost' || hostname === '[::1]') return address;
  throw new CliProblem(
    `${join(folder, 'url')} names ${address}, which is not this machine: nothing is sent there unless you give --url ${address} yourself.`,
  );
}

/** A folder that was found, not named, has to be ours alone. */
function requireOwn(folder: string): void {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  for (const path of [folder, join(folder, 'url'), join(folder, 'cli-token')]) {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found) continue;
    if (found.uid === uid && !found.isSymbolicLink() && (found.mode & 0o022) === 0) continue;
    throw new CliProblem(
      `${path} was found, but others may change it: if it is the one you mean, name it with --data-dir ${folder}.`,
    );
  }
}

function nearestDataDir(cwd: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const candidate = join(folder, '.agencyos');
    if (statSync(candidate, { throwIfNoEntry: false })?.isDirectory()) return candidate;
    if (folder === dirname(folder)) return join(cwd, '.agencyos');
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CliProblem(`${path} cannot be read (${code ?? 'unknown'}): use the account that started AgencyOS.`);
  }
}
