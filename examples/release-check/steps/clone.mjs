// Copies the committed state of a local repository into the workspace.
import { existsSync, statSync } from 'node:fs';
import { basename, isAbsolute, resolve } from 'node:path';
import { Fault, git, step } from './step.mjs';

await step(async ({ input: { repository } }) => {
  if (!isAbsolute(repository) || !existsSync(repository) || !statSync(repository).isDirectory()) {
    throw new Fault('no_such_folder', `There is no folder ${repository}.`);
  }
  const top = await git(repository, 'rev-parse', '--absolute-git-dir').catch((error) => {
    if (error instanceof Fault) throw error;
    throw new Fault('not_a_repository', `${repository} is not a Git repository.`);
  });
  await git(repository, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}').catch(() => {
    throw new Fault('no_commits', `${repository} has no commit yet: there is nothing to release.`);
  });
  const commits = Number(await git(repository, 'rev-list', '--count', 'HEAD'));
  const name =
    basename(
      top
        .trim()
        .replace(/\/\.git$/, '')
        .replace(/\.git$/, ''),
    ) || 'repository';
  console.log(`cloning ${name}: ${commits} commits`);

  const path = resolve('repository');
  await git('.', 'clone', '--quiet', '--no-hardlinks', '--', repository, path);
  const commit = (await git(path, 'rev-parse', 'HEAD')).trim();
  const tag = await git(path, 'describe', '--tags', '--abbrev=0').then(
    (text) => text.trim(),
    () => null,
  );
  console.log(`at ${commit.slice(0, 12)}, ${tag ? `last tag ${tag}` : 'no tag yet'}`);
  return { output: { path, name, commit, tag, commits } };
});
