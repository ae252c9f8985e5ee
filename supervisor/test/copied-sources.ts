import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const projectRoot = join(import.meta.dirname, '..', '..');
/** As they are: what decides whether something has to be compiled goes by times and contents. */
const alike = { recursive: true, preserveTimestamps: true, verbatimSymlinks: true } as const;

const IDENTITY = ['-c', 'user.name=Copy', '-c', 'user.email=copy@example.org', '-c', 'commit.gpgsign=false'];

/** A copy of the project's sources below its cache, as they are now, that a test may change. */
export class CopiedSources {
  private constructor(readonly root: string) {}

  static async create(...folders: string[]): Promise<CopiedSources> {
    const cache = join(projectRoot, '.cache');
    await mkdir(cache, { recursive: true });
    const copy = new CopiedSources(await mkdtemp(join(cache, 'copied-')));
    const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...folders];
    const paths = execFileSync('git', args, { cwd: projectRoot, encoding: 'utf8' }).split('\n').filter(Boolean);
    // What was deleted and not committed yet is listed, too.
    await Promise.all(paths.filter((path) => existsSync(join(projectRoot, path))).map((path) => copy.take(path)));
    return copy;
  }

  /** All of them, with what they were built to and the same packages: nothing has to be installed or compiled. */
  static async createBuilt(): Promise<CopiedSources> {
    const copy = await CopiedSources.create('.');
    for (const folder of projects()) if (existsSync(join(projectRoot, folder, 'dist'))) await copy.take(`${folder}/dist`);
    await copy.take('.cache/build');
    for (const name of ['nats', 'bubblewrap'])
      if (existsSync(join(projectRoot, '.cache', name))) await copy.link(`.cache/${name}`);
    for (const folder of ['.', ...projects()]) await copy.linkModules(folder);
    // The example runs on a clone.
    const git = (...args: string[]) => execFileSync('git', ['-C', copy.root, ...IDENTITY, ...args]);
    git('init', '-q');
    git('add', '-A');
    git('commit', '-q', '-m', 'copy');
    return copy;
  }

  /** What `npm install` does for a new project of the workspace. */
  async linkProject(folder: string): Promise<void> {
    const { name } = JSON.parse(await this.read(`${folder}/package.json`)) as { name: string };
    await symlink(join(this.root, folder), join(this.root, 'node_modules', name));
  }

  read(path: string): Promise<string> {
    return readFile(join(this.root, path), 'utf8');
  }

  async change(path: string, before: string, after: string): Promise<void> {
    const text = await this.read(path);
    if (!text.includes(before)) throw new Error(`${path} does not say ${before}`);
    await writeFile(join(this.root, path), text.replace(before, after));
  }

  remove(): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }

  private async take(path: string): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await cp(join(projectRoot, path), join(this.root, path), alike);
  }

  private async link(path: string): Promise<void> {
    await symlink(join(projectRoot, path), join(this.root, path));
  }

  /** Each package is the project's own; those of the workspace, which are links themselves, are the copy's. */
  private async linkModules(folder: string): Promise<void> {
    const modules = join(folder, 'node_modules');
    if (!existsSync(join(projectRoot, modules))) return;
    await mkdir(join(this.root, modules));
    for (const name of readdirSync(join(projectRoot, modules))) {
      if (name === '@agencyos') await this.take(join(modules, name));
      else await this.link(join(modules, name));
    }
  }
}

/** Folders of the workspace's projects. */
function projects(): string[] {
  const list = execFileSync('git', ['ls-files', '*/package.json'], { cwd: projectRoot, encoding: 'utf8' });
  return list.split('\n').filter(Boolean).map(dirname);
}
