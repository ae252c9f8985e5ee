import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ANSWER_MS = 2_000;

export interface LocalProcess {
  name: string;
  pid: number | null;
  state: string;
  restarts: number;
}

/** The processes that a supervisor runs from this data folder; none where no supervisor answers. */
export async function localProcesses(dataDir: string): Promise<LocalProcess[]> {
  try {
    const file = await readFile(join(dataDir, 'supervisor.json'), 'utf8');
    const { url, token } = JSON.parse(file) as { url: string; token: string };
    if (new URL(url).hostname !== '127.0.0.1') return [];
    const response = await fetch(`${url}/status`, {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return ((await response.json()) as { processes: LocalProcess[] }).processes;
  } catch {
    return [];
  }
}
