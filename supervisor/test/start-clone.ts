import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { expect } from '@jest/globals';

const projectRoot = dirname(dirname(import.meta.dirname));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface StartOptions {
  env?: NodeJS.ProcessEnv;
  /** Options of Node.js itself. */
  node?: string[];
  uid?: number;
  /** Another Node.js than the one that runs this. */
  program?: string;
}

/** A clone with the bootstrap alone: what a start needs before it installs anything. */
export class StartClone {
  readonly root: string;
  /** First in PATH: programs that stand in for the real ones. */
  readonly stubs: string;

  private constructor(readonly folder: string) {
    this.root = join(folder, 'clone');
    this.stubs = join(folder, 'stubs');
  }

  static async create(): Promise<StartClone> {
    const clone = new StartClone(await mkdtemp(join(tmpdir(), 'agencyos-start-')));
    for (const name of ['libs', 'services', 'agents']) {
      await mkdir(join(clone.root, name), { recursive: true });
    }
    await mkdir(clone.stubs);
    await cp(join(projectRoot, 'supervisor/bin'), join(clone.root, 'supervisor/bin'), { recursive: true });
    await cp(join(projectRoot, 'scripts'), join(clone.root, 'scripts'), { recursive: true });
    execFileSync('git', ['init', '-q', clone.root]);
    await clone.write('package.json', '{"name":"clone","version":"1.0.0","dependencies":{"left-pad":"1.3.0"}}');
    return clone;
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await writeFile(join(this.root, path), text);
  }

  /** A package that the lock file names, from an address that nobody serves. */
  async lock(): Promise<void> {
    const locked = {
      version: '1.3.0',
      resolved: 'http://127.0.0.1:9/left-pad-1.3.0.tgz',
      integrity: `sha512-${'A'.repeat(86)}==`,
    };
    const packages = {
      '': { name: 'clone', version: '1.0.0', dependencies: { 'left-pad': '1.3.0' } },
      'node_modules/left-pad': locked,
    };
    const lock = { name: 'clone', version: '1.0.0', lockfileVersion: 3, requires: true, packages };
    await this.write('package-lock.json', JSON.stringify(lock));
  }

  /** The same, as npm leaves it behind when it has installed everything. */
  async lockAndInstall(): Promise<void> {
    await this.write('package-lock.json', '{"packages":{}}');
    await this.write('node_modules/.package-lock.json', '{"packages":{}}');
  }

  /** A shell script in place of a program, on PATH or at a path of the clone. */
  async stub(name: string, script: string): Promise<void> {
    const path = name.includes('/') ? join(this.root, name) : join(this.stubs, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }

  /** A copy of the Node.js that runs this, where everybody may start it. */
  async ownNode(): Promise<string> {
    const copy = join(this.folder, 'node');
    await cp(realpathSync(process.execPath), copy);
    await chmod(copy, 0o755);
    return copy;
  }

  spawn(args: string[], { env = {}, node = [], program = process.execPath, ...options }: StartOptions = {}): ChildProcess {
    return spawn(program, [...node, join(this.root, 'supervisor/bin/start.mjs'), ...args], {
      ...options,
      env: { ...this.environment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  start(args: string[], options?: StartOptions): Promise<Ended> {
    return ended(this.spawn(args, options));
  }

  /** One sentence on stderr that says what to do, and nothing else. */
  async expectRefusal(sentence: RegExp, args: string[] = [], options?: StartOptions): Promise<void> {
    const { code, stderr } = await this.start(args, options);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(1);
  }

  environment(): NodeJS.ProcessEnv {
    return { PATH: [this.stubs, process.env['PATH']].join(delimiter), HOME: this.folder };
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** Resolves once it has ended, with all that it printed. */
export function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}
