// Finds out what is committed in a local repository, and keeps the steps as they are now for the tasks to come.
import { existsSync, statSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { checkout, Fault, git, step } from './step.mjs';

await step(async ({ input: { repository } }) => {
  if (!isAbsolute(repository) || !existsSync(repository) || !statSync(repository).isDirectory()) {
    const hint = 'or commands do not see it here: who runs the worker grants folders in profiles.json';
    throw new Fault('no_such_folder', `There is no folder ${repository}, ${hint}.`);
  }
  await git(repository, 'rev-parse', '--git-dir').catch((error) => {
    if (error instanceof Fault) throw error;
    throw new Fault('not_a_repository', `${repository} is not a Git repository.`);
  });
  await git(repository, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}').catch(() => {
    throw new Fault('no_commits', `${repository} has no commit yet: there is nothing to release.`);
  });
  const commits = Number(await git(repository, 'rev-list', '--count', 'HEAD'));
  console.log(`cloning ${commits} commits`);

  const commit = (await git(repository, 'rev-parse', 'HEAD')).trim();
  const path = await checkout(repository, commit);
  const tag = await git(path, 'describe', '--tags', '--abbrev=0').then(
    (text) => text.trim(),
    () => null,
  );
  const name = await nameOf(path, repository);
  console.log(`${name} at ${commit.slice(0, 12)}, ${tag ? `last tag ${tag}` : 'no tag yet'}`);
  // All later tasks use this copy, so that it is these bytes that are approved, and these that run.
  await cp(import.meta.dirname, 'steps', { recursive: true });
  return { output: { name, commit, tag, commits } };
});

/** What the project calls itself, else its folder's name. */
async function nameOf(path, repository) {
  try {
    const { name } = JSON.parse(await readFile(join(path, 'package.json'), 'utf8'));
    if (/^(@[a-z0-9._~-]+\/)?[a-z0-9._~-]{1,100}$/.test(name)) return name.replace(/^@.*\//, '');
  } catch {
    // there is none, or it is broken: another check says so
  }
  return basename(resolve(repository)).replace(/\.git$/, '') || 'repository';
}
