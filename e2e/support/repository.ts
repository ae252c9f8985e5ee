import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A small repository with a tagged release and commits after it; with or without a breaking change. */
export async function generateRepository({ breaking }: { breaking: boolean }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'agencyos-repository-'));
  const git = (...argv: string[]) =>
    run('git', ['-c', 'user.name=Release', '-c', 'user.email=release@example.org', '-c', 'commit.gpgsign=false', ...argv], {
      cwd: folder,
    });
  const commit = async (file: string, content: string, message: string) => {
    await writeFile(join(folder, file), content);
    await git('add', '-A');
    await git('commit', '-q', '-m', message);
  };
  await git('init', '-q', '-b', 'main');
  await mkdir(join(folder, 'src'));
  await writeFile(join(folder, 'LICENSE'), 'Apache License\nVersion 2.0\n');
  await commit(
    'package.json',
    JSON.stringify({ name: 'sample', version: '1.0.0', license: 'Apache-2.0' }),
    'feat: first version',
  );
  await git('tag', 'v1.0.0');
  await commit('src/index.js', 'export const answer = 42;\n', 'feat: an answer');
  await commit('src/index.spec.js', "import './index.js';\n", 'test: the answer');
  if (breaking)
    await commit(
      'src/index.js',
      'export const reply = 42;\n',
      'feat!: the answer is called reply\n\nBREAKING CHANGE: import reply instead of answer.',
    );
  else await commit('src/index.js', 'export const answer = 43;\n', 'fix: a better answer');
  return folder;
}
