import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from './settings.js';

/** Roles of the example's steps. */
const exampleRoles = ['check', 'notes', 'reviewer', 'publisher'];

/** Where the profiles of the example's roles lie; the owner's own are beside them. */
export const exampleProfiles = (dataDir: string): string => join(dataDir, 'example-profiles.json');

/** Files with what the commands of each role may see, as the workers read them. */
export const profileFiles = (dataDir: string): string[] => [exampleProfiles(dataDir), join(dataDir, 'profiles.json')];

/** Lets the example's steps see themselves and the repository that this start was given, and change neither. */
export async function writeExampleProfiles({ dataDir, projectRoot, repository }: Settings): Promise<void> {
  const git = join(repository, '.git');
  const history = statSync(git, { throwIfNoEntry: false })?.isDirectory();
  const folders = [
    { path: join(projectRoot, 'examples/release-check/steps') },
    // Its history alone, where it has a folder of its own: beside it may lie what no command is to see.
    { path: history ? git : repository },
  ];
  const profiles = Object.fromEntries(exampleRoles.map((role) => [role, { folders }]));
  await writeFile(exampleProfiles(dataDir), `${JSON.stringify({ profiles }, null, 2)}\n`, { mode: 0o600 });
}
