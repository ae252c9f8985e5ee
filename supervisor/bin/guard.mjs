#!/usr/bin/env node
// Runs a foreign program (a server that cannot watch its parent) and ends it when this process's stdin
// reaches its end, that is when whoever started it is gone, whatever killed it. Used where the kernel's own
// parent-death signal (setpriv --pdeathsig) is not available.
//
//   node guard.mjs SIGNAL UID:GID|- program [argument…]
import { spawn } from 'node:child_process';

const [signal, owner, program, ...args] = process.argv.slice(2);
const [uid, gid] = owner === '-' ? [] : owner.split(':').map(Number);
const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], uid, gid });

let ending = false;
function end() {
  if (ending) return;
  ending = true;
  child.kill(signal);
  setTimeout(() => child.kill('SIGKILL'), 5000).unref();
}

process.stdin.on('end', end).on('error', end).resume();
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, end);
// Both the signal and the exit code reach the supervisor unchanged, so that its journal tells the truth.
child.once('error', (error) => {
  process.stderr.write(`${program}: ${error.message}\n`);
  process.exit(127);
});
child.once('exit', (code, killedBy) => {
  if (killedBy === null) process.exit(code ?? 1);
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.removeAllListeners(name);
  process.kill(process.pid, killedBy);
});
