import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const identity = ['-c', 'user.name=Release', '-c', 'user.email=release@example.org', '-c', 'commit.gpgsign=false'];

/** A Git repository below a folder of the test, made commit by commit. */
export class SampleRepository {
  constructor(readonly path: string) {
    mkdirSync(path, { recursive: true });
    this.git('init', '-q', '-b', 'main');
  }

  commit(message: string, files: Record<string, string> = {}): this {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, name)), { recursive: true });
      writeFileSync(join(this.path, name), content);
    }
    this.git('add', '-A');
    this.git('commit', '-q', '--allow-empty', '-m', message);
    return this;
  }

  tag(name: string): this {
    this.git('tag', name);
    return this;
  }

  git(...args: string[]): string {
    const env = { PATH: process.env['PATH'], HOME: this.path, GIT_CONFIG_NOSYSTEM: '1' };
    return execFileSync('git', [...identity, ...args], { cwd: this.path, env, encoding: 'utf8' });
  }
}

export const licence = 'Apache License\nVersion 2.0, January 2004\n';
export const manifest = JSON.stringify({ name: 'sample', version: '1.0.0', license: 'Apache-2.0' });
