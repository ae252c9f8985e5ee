import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { between, printable } from './printer.js';
import { askSupervisor } from './supervisor.js';

export interface LocalProcess {
  name: string;
  pid: number | null;
  state: string;
  restarts: number;
}

/** Where backups are made by themselves. */
export interface LocalBackups {
  /** When they are made, in words: `every 6 h`. */
  how: string;
  next: string[];
  running: boolean;
  lastGood?: { at: string; file: string; bytes: number };
  failed?: { at: string; why: string };
}

/** What a supervisor does from this data folder; nothing where no supervisor answers. */
export async function localStatus(dataDir: string): Promise<{ processes: LocalProcess[]; backups?: LocalBackups }> {
  try {
    const answer = await askSupervisor(dataDir, '/status');
    return (await answer.json()) as { processes: LocalProcess[]; backups?: LocalBackups };
  } catch {
    return { processes: [] };
  }
}

/** In a line, and another one where somebody has to look. */
export function backupLines({ how: when, next, running, lastGood, failed }: LocalBackups): string[] {
  const how = `one ${when}, ${running ? 'one is being made' : `the next ${next[0]}`}`;
  return [
    lastGood
      ? `Last good backup: ${between(lastGood.at, undefined)} ago, ${lastGood.file} (${how})`
      : `No good backup yet (${how})`,
    ...(failed ? [`! The backup of ${failed.at} failed: ${printable(failed.why)}`] : []),
  ];
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
