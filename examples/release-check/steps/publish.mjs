// Prepares the release that was approved: its notes and a manifest, in a folder `release`. Nothing leaves the machine.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { step } from './step.mjs';

await step(async ({ input: { name, version, commit, notes } }) => {
  const folder = resolve('release');
  await mkdir(folder, { recursive: true });
  const file = resolve(folder, 'NOTES.md');
  const digest = `sha256:${createHash('sha256').update(notes).digest('hex')}`;
  await writeFile(file, notes);
  await writeFile(
    resolve(folder, 'release.json'),
    `${JSON.stringify({ name, version, commit, notes: digest }, null, 2)}\n`,
  );
  console.log(`prepared ${name} ${version} at ${commit.slice(0, 12)}`);
  console.log(`${file} (${digest})`);
  return { output: { file, digest, version, commit } };
});
