import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessInfo {
  pid: number;
  command: string;
}

/** Every process of ours: those whose environment or command line names the data folder. */
export function processesOf(dataDir: string): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
        return command.includes(dataDir) || environment.includes(dataDir) ? [{ pid: Number(name), command }] : [];
      } catch {
        return []; // ended meanwhile, or a kernel thread
      }
    });
}

export function isAlive(pid: number): boolean {
  try {
    // A zombie has ended; it only waits for its parent.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
