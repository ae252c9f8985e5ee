// Run as an ordinary user: `as-ordinary-user.mjs WAY BUBBLEWRAP WORKSPACES SCRIPT`; tells how the script ended as JSON.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chooseIsolation, runCommand } from '../dist/index.js';

const [way, bubblewrapProgram, workspaces, script] = process.argv.slice(2);
const isolation = await chooseIsolation({
  workspaces,
  way,
  ...(bubblewrapProgram && { bubblewrapProgram }),
}).catch(() => undefined);
if (!isolation) {
  console.log(JSON.stringify({ impossible: true }));
} else {
  const cwd = join(workspaces, 'one');
  mkdirSync(cwd);
  const lines = [];
  const command = { argv: ['sh', '-c', script], env: { PATH: '/usr/bin:/bin' }, cwd };
  const guard = { watch: () => undefined, release: () => undefined };
  const { kind, code, message } = await runCommand(command, {
    signal: AbortSignal.timeout(30_000),
    onLine: (line) => lines.push(line),
    guard,
    isolation,
  });
  console.log(JSON.stringify({ kind, code, message, lines }));
}
