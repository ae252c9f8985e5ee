// Prepares the release that was approved: its notes and a manifest, in a folder `release`. Nothing leaves the machine.
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { step } from './step.mjs';

await step(async ({ input: { name, version, commit, notes } }) => {
  const folder = resolve('release');
  await mkdir(folder, { recursive: true });
  // A run that an older release began was approved with the notes themselves, not with the name of their file.
  const text = notes.startsWith('uses/') ? await readFile(notes) : notes;
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  await writeFile(resolve(folder, 'NOTES.md'), text);
  await writeFile(resolve(folder, 'release.json'), `${JSON.stringify({ name, version, commit, notes: digest }, null, 2)}\n`);
  console.log(`prepared ${name} ${version} at ${commit.slice(0, 12)}`);
  console.log(`NOTES.md: ${digest}`);
  return { output: { digest, version, commit } };
});
