import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const ANSWER_MS = 2_000;

export interface LocalProcess {
  name: string;
  pid: number | null;
  state: string;
  restarts: number;
}

/** What the supervisor answers: it speaks to whoever may read its file in the data folder, whatever else is down. */
interface ControlAnswer {
  status: number;
  body: unknown;
}

/** The processes that a supervisor runs from this data folder; none where no supervisor answers. */
export async function localProcesses(dataDir: string): Promise<LocalProcess[]> {
  try {
    const { body } = await ask(dataDir, 'GET', '/status');
    return (body as { processes: LocalProcess[] }).processes;
  } catch {
    return [];
  }
}

/** Resolves when the process is ready again, or with why it is not. @throws when no supervisor answers */
export async function restartProcess(dataDir: string, name: string): Promise<{ failed?: string }> {
  const actionKey = randomUUID();
  const asked = await ask(dataDir, 'POST', '/restart', { name, actionKey });
  if (asked.status === 404) return { failed: `There is no process ${name}: \`agencyos status\` lists them.` };
  for (let answer = asked; ; answer = await ask(dataDir, 'GET', `/actions/${actionKey}`)) {
    const { outcome, detail } = answer.body as { outcome?: string; detail?: string };
    if (outcome === 'done') return {};
    if (outcome !== 'running') return { failed: detail ?? `${name} did not become ready.` };
    await delay(200);
  }
}

async function ask(dataDir: string, method: string, path: string, json?: object): Promise<ControlAnswer> {
  const file = await readFile(join(dataDir, 'supervisor.json'), 'utf8');
  const { url, token } = JSON.parse(file) as { url: string; token: string };
  if (new URL(url).hostname !== '127.0.0.1') throw new Error('the supervisor is not on this machine');
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(json && { 'content-type': 'application/json' }) },
    ...(json && { body: JSON.stringify(json) }),
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  return { status: response.status, body: await response.json() };
}
