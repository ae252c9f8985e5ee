import { join } from 'node:path';
import { processesOf } from './processes.ts'; // jest does not compile what it calls at its own end

/** Whatever a failed file has left running would keep the run from ending, and be in the way of the next one. */
export default function endLeftovers() {
  const left = processesOf(join(import.meta.dirname, '..', '..', '.cache', 'e2e'));
  for (const { pid, command } of left) {
    console.error(`left behind and ended: ${command.slice(0, 160)}`);
    process.kill(pid, 'SIGKILL');
  }
}
