#!/usr/bin/env node
// Asks the registry for known faults of the dependencies that are delivered. High and critical ones fail; where the
// registry does not answer such questions, that is said and nothing fails.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LIMIT_MS = 60_000;
const SERIOUS = ['high', 'critical'];

const { stdout } = spawnSync('npm', ['audit', '--json', '--omit=dev', '--package-lock-only'], {
  cwd: fileURLToPath(new URL('../', import.meta.url)),
  encoding: 'utf8',
  timeout: LIMIT_MS,
});
const report = parsed(stdout);
if (!report?.metadata?.vulnerabilities) {
  console.log('Dependencies: not audited, the registry gave no answer.');
} else {
  const found = Object.values(report.vulnerabilities).filter(({ severity }) => SERIOUS.includes(severity));
  for (const { name, severity, range } of found) console.log(`${severity}: ${name} ${range}`);
  console.log(`Dependencies: audited, ${found.length} of them with a serious fault.`);
  process.exitCode = found.length === 0 ? 0 : 1;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
