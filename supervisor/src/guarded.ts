import { fileURLToPath } from 'node:url';
import { setprivPath } from '../bin/tied.mjs';

export { tied } from '../bin/tied.mjs';

/** A program ready to be spawned. */
export interface Launch {
  program: string;
  args: string[];
}

/** An unprivileged user for a server that refuses to run as root. */
export interface RunAs {
  uid: number;
  gid: number;
  /** Keep the right to read and search below folders that only root may enter, such as a 0700 home. */
  searchAnywhere: boolean;
}

const guardScript = fileURLToPath(new URL('../bin/guard.mjs', import.meta.url));

/**
 * Wraps a foreign program so that it does not outlive the process that starts it, whatever ends that one:
 * by the kernel's parent-death signal where setpriv can set it (then the child is the program itself), else
 * by a guard process that watches its stdin, which the starter has to hold open as a pipe.
 *
 * @param signal sent to the program when its starter is gone
 */
export function guarded(launch: Launch, signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL', runAs?: RunAs): Launch {
  const setpriv = setprivPath();
  if (setpriv) {
    const args = ['--pdeathsig', signal.replace('SIG', ''), ...identityOptions(runAs)];
    return { program: setpriv, args: [...args, '--', launch.program, ...launch.args] };
  }
  const owner = runAs ? `${runAs.uid}:${runAs.gid}` : '-';
  return { program: process.execPath, args: [guardScript, signal, owner, launch.program, ...launch.args] };
}

/** Wraps a short-lived program so that it runs as the given user; unchanged without one. */
export function asUser(launch: Launch, runAs: RunAs | undefined): Launch & { uid?: number; gid?: number } {
  if (!runAs) return launch;
  const setpriv = setprivPath();
  if (!setpriv) return { ...launch, uid: runAs.uid, gid: runAs.gid };
  return { program: setpriv, args: [...identityOptions(runAs), '--', launch.program, ...launch.args] };
}

function identityOptions(runAs: RunAs | undefined): string[] {
  if (!runAs) return [];
  const keep = runAs.searchAnywhere ? ',+dac_read_search' : '';
  return [
    `--reuid=${runAs.uid}`,
    `--regid=${runAs.gid}`,
    '--clear-groups',
    `--inh-caps=-all${keep}`,
    `--ambient-caps=-all${keep}`,
    `--bounding-set=-all${keep}`,
    // else access(2), with which initdb looks for its programs, would disregard the capability
    ...(runAs.searchAnywhere ? ['--securebits=+no_setuid_fixup'] : []),
  ];
}
