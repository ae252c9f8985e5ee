import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CliProblem } from './cli-problem.js';

/** Longer than it gives NATS to take up changed credentials. */
const ANSWER_MS = 45_000;

/** What somebody outside needs to connect to NATS. */
export interface IssuedCredential {
  natsUrl: string;
  principal: string;
  nkeyFile: string;
}

/**
 * Asks the supervisor of a data folder for a NATS credential.
 * @returns nothing where NATS is run by somebody else
 * @throws CliProblem
 */
export async function issueCredential(
  dataDir: string,
  what: 'agents' | 'subscribers',
  body: object,
): Promise<IssuedCredential | undefined> {
  return credentials<IssuedCredential>(dataDir, `/${what}`, { body });
}

/**
 * Takes a credential back: its connections are closed.
 * @returns whether there was one; nothing where NATS is run by somebody else
 * @throws CliProblem
 */
export async function removeCredential(
  dataDir: string,
  what: 'agents' | 'subscribers',
  name: string,
): Promise<boolean | undefined> {
  const path = `/${what}/${encodeURIComponent(name)}`;
  const answer = await credentials<{ removed: boolean }>(dataDir, path, { method: 'DELETE' });
  return answer?.removed;
}

/** The credentials outside. */
export interface KnownCredentials {
  agents: { name: string; roles: string[]; builtIn: boolean }[];
  subscribers: { name: string; subjects: string[] }[];
}

/** @returns nothing where NATS is run by somebody else @throws CliProblem */
export function listCredentials(dataDir: string): Promise<KnownCredentials | undefined> {
  return credentials(dataDir, '/credentials');
}

async function credentials<T>(dataDir: string, path: string, ask: Ask = {}): Promise<T | undefined> {
  const response = await askSupervisor(dataDir, path, ask);
  const answer = (await response.json()) as { code?: string; detail?: string };
  if (response.ok) return answer as unknown as T;
  if (answer.code === 'foreign_nats') return undefined;
  throw new CliProblem(`${answer.detail} (${answer.code})`);
}

interface Ask {
  /** @defaultValue POST with a body, else GET */
  method?: string;
  body?: object;
}

/** The supervisor that runs from this data folder, whatever else is down. @throws CliProblem when none answers */
export async function askSupervisor(
  dataDir: string,
  path: string,
  { body, method = body ? 'POST' : 'GET' }: Ask = {},
): Promise<Response> {
  try {
    const file = await readFile(join(dataDir, 'supervisor.json'), 'utf8');
    const { url, token } = JSON.parse(file) as { url: string; token: string };
    if (new URL(url).hostname !== '127.0.0.1') throw new Error('not this machine');
    return await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(body && { body: JSON.stringify(body) }),
    });
  } catch {
    throw new CliProblem(
      `Nothing runs from ${dataDir}: start AgencyOS with \`npm start\`, or name its data folder with --data-dir. ` +
        'In containers, see supervisor/README.md.',
    );
  }
}
