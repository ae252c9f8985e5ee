import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { askSupervisor } from './supervisor.js';

export interface LocalProcess {
  name: string;
  pid: number | null;
  state: string;
  restarts: number;
}

/** The processes that a supervisor runs from this data folder; none where no supervisor answers. */
export async function localProcesses(dataDir: string): Promise<LocalProcess[]> {
  try {
    const answer = await askSupervisor(dataDir, '/status');
    return ((await answer.json()) as { processes: LocalProcess[] }).processes;
  } catch {
    return [];
  }
}

/** Resolves when the process is ready again, or with why it is not. @throws when no supervisor answers */
export async function restartProcess(dataDir: string, name: string): Promise<{ failed?: string }> {
  const actionKey = randomUUID();
  const asked = await askSupervisor(dataDir, '/restart', { body: { name, actionKey } });
  if (asked.status === 404) return { failed: `There is no process ${name}: \`agencyos status\` lists them.` };
  for (let answer = asked; ; answer = await askSupervisor(dataDir, `/actions/${actionKey}`)) {
    const { outcome, detail } = (await answer.json()) as { outcome?: string; detail?: string };
    if (outcome === 'done') return {};
    if (outcome !== 'running') return { failed: detail ?? `${name} did not become ready.` };
    await delay(200);
  }
}
