import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

interface Entry {
  pid: number;
  parent: number;
  group: number;
  threads: number;
  memoryBytes: number;
}

/** What a process takes together with all that it has started, as far as they can still be told to be its own. */
export async function usageOfTree(leader: number): Promise<{ processes: number; memoryBytes: number }> {
  const all = process.platform === 'linux' ? fromProc() : await fromPs();
  const known = new Set([leader]);
  for (let before = 0; before !== known.size;) {
    before = known.size;
    for (const { pid, parent, group } of all) if (known.has(parent) || group === leader) known.add(pid);
  }
  const tree = all.filter(({ pid }) => known.has(pid));
  return {
    processes: tree.reduce((sum, { threads }) => sum + threads, 0),
    memoryBytes: tree.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
  };
}

/** Memory that no other process shares: programs and libraries are not counted. */
function fromProc(): Entry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const status = readFileSync(`/proc/${name}/status`, 'latin1');
        const kilobytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
        return [
          {
            ...{ pid: Number(name), parent: Number(fields[1]), group: Number(fields[2]) },
            threads: kilobytes('Threads'),
            memoryBytes: (kilobytes('RssAnon') + kilobytes('RssShmem')) * 1_024,
          },
        ];
      } catch {
        return []; // it ended meanwhile
      }
    });
}

async function fromPs(): Promise<Entry[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,pgid=,rss='], {
    maxBuffer: 16 << 20,
  });
  return stdout.split('\n').flatMap((line) => {
    const [pid = 0, parent = 0, group = 0, kilobytes = 0] = line.trim().split(/\s+/).map(Number);
    return pid ? [{ pid, parent, group, threads: 1, memoryBytes: kilobytes * 1_024 }] : [];
  });
}
