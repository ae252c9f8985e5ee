import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CliProblem } from './cli-problem.js';

const ANSWER_MS = 15_000;

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
  const response = await askSupervisor(dataDir, `/${what}`, body);
  const answer = (await response.json()) as { code?: string; detail?: string };
  if (response.ok) return answer as unknown as IssuedCredential;
  if (answer.code === 'foreign_nats') return undefined;
  throw new CliProblem(`${answer.detail} (${answer.code})`);
}

/** The supervisor that runs from this data folder, whatever else is down. @throws CliProblem when none answers */
export async function askSupervisor(dataDir: string, path: string, body?: object): Promise<Response> {
  try {
    const file = await readFile(join(dataDir, 'supervisor.json'), 'utf8');
    const { url, token } = JSON.parse(file) as { url: string; token: string };
    if (new URL(url).hostname !== '127.0.0.1') throw new Error('not this machine');
    return await fetch(`${url}${path}`, {
      method: body ? 'POST' : 'GET',
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
