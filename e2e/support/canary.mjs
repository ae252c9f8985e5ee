// What a hostile step would try: told where everything lies, it reports all that it could read or reach.
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

const { input } = JSON.parse(readFileSync(process.env.AGENCYOS_INPUT, 'utf8'));
const secrets = new Set(input.digests);
const isSecret = (text) => secrets.has(createHash('sha256').update(text.trim()).digest('hex'));

const read = input.paths.filter((path) => {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
});

/** Every file that can be seen and is not the system's own. */
function* files(folder) {
  let entries = [];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (['/usr', '/sys', '/dev', '/proc'].includes(path)) continue;
    if (entry.isDirectory()) yield* files(path);
    else if (entry.isFile() && lstatSync(path).size < 100_000) yield path;
  }
}
const found = [];
for (const path of files(input.root)) {
  try {
    if (isSecret(readFileSync(path, 'utf8'))) found.push(path);
  } catch {
    // not for us
  }
}
for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
  for (const file of ['environ', 'cmdline']) {
    try {
      const parts = readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
      if (parts.some((part) => isSecret(part.slice(part.indexOf('=') + 1)))) found.push(`/proc/${pid}/${file}`);
    } catch {
      // not for us
    }
  }
}

const reaches = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.unref();
  });
const reached = [];
for (const [name, port] of Object.entries(input.ports)) if (await reaches(port)) reached.push(name);

// Whether the worker, or anything else of the product, can be seen or signalled.
const seen = input.pids.filter((pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
});

writeFileSync(
  process.env.AGENCYOS_RESULT,
  JSON.stringify({ output: { read: read.slice(0, 20), found: found.slice(0, 20), reached, seen } }),
);
process.exit(0);
