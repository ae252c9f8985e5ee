import { execFileSync, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { checkDisk, checkNode } from '../bin/checks.mjs';

jest.setTimeout(60_000);

const projectRoot = dirname(dirname(import.meta.dirname));
let folder: string;
let clone: string;

/** A clone with the bootstrap alone: what a start needs before it installs anything. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-start-'));
  clone = join(folder, 'clone');
  await mkdir(join(clone, 'scripts'), { recursive: true });
  await cp(join(projectRoot, 'supervisor/bin'), join(clone, 'supervisor/bin'), { recursive: true });
  await cp(join(projectRoot, 'scripts/build.mjs'), join(clone, 'scripts/build.mjs'));
  execFileSync('git', ['init', '-q', clone]);
  await writeFile(
    join(clone, 'package.json'),
    '{"name":"clone","version":"1.0.0","dependencies":{"left-pad":"1.3.0"}}',
  );
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function start(
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(clone, 'supervisor/bin/start.mjs'), ...args], {
    env: { PATH: process.env['PATH'], HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

/** One sentence on stderr that says what to do, and nothing else. */
async function expectRefusal(result: ReturnType<typeof start>, sentence: RegExp): Promise<void> {
  const { code, stderr } = await result;
  expect(stderr).toMatch(sentence);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(code).toBe(1);
}

describe('npm start', () => {
  it('explains itself', async () => {
    const { code, stdout } = await start(['--help']);
    expect(code).toBe(0);
    for (const option of [
      '--port',
      '--data-dir',
      '--repo',
      '--until-ready',
      '--demo',
      'NATS_URL',
      'DATABASE_URL',
    ]) {
      expect(stdout).toContain(option);
    }
  });

  it.each([
    [['--prot', '1'], /Unknown option '--prot'.*--help/],
    [['--port', 'x'], /--port must be a number/],
    [['--port', '70000'], /--port must be a number from 1 to 65535/],
    [['something'], /Unexpected argument 'something'.*--help/],
  ])('refuses %j', (args, sentence) => expectRefusal(start(args), sentence));

  it('refuses a port that is taken, and names another', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expectRefusal(
      start(['--port', String(port)]),
      new RegExp(`Port ${port} is taken.*--port ${port + 1}`),
    );
    server.close();
  });

  it('refuses an archive without .git', async () => {
    await rm(join(clone, '.git'), { recursive: true });
    await expectRefusal(start([]), /is no git clone.*git clone/);
  });

  it('refuses a repository that is none', async () => {
    await expectRefusal(start(['--repo', folder]), /is no git repository: give --repo/);
  });

  it('refuses a data folder that cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    await expectRefusal(
      start(['--data-dir', join(folder, 'file', 'data')]),
      /cannot be written \(ENOTDIR\).*--data-dir/,
    );
  });

  it('refuses a machine without git', async () => {
    const empty = join(folder, 'empty');
    await mkdir(empty);
    await expectRefusal(start([], { PATH: empty }), /git is needed: install it/);
  });

  it('says so when the dependencies cannot be downloaded', async () => {
    const locked = {
      version: '1.3.0',
      resolved: 'http://127.0.0.1:9/left-pad-1.3.0.tgz',
      integrity: `sha512-${'A'.repeat(86)}==`,
    };
    const dependencies = { 'left-pad': '1.3.0' };
    const packages = {
      '': { name: 'clone', version: '1.0.0', dependencies },
      'node_modules/left-pad': locked,
    };
    await writeFile(
      join(clone, 'package-lock.json'),
      JSON.stringify({ name: 'clone', version: '1.0.0', lockfileVersion: 3, requires: true, packages }),
    );
    const env = {
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_fetch_retries: '0',
      npm_config_cache: join(folder, 'npm'),
    };
    await expectRefusal(start(['--port', '48400'], env), /could not be downloaded: check the network/);
  });
});

describe('conditions that this machine meets', () => {
  it.each([
    ['18.20.0', 'linux', /Node.js 20 or newer is needed, this is 18.20.0/],
    ['22.1.0', 'darwin', /Node.js 24 or newer is needed/],
    ['24.1.0', 'win32', /inside WSL/],
  ] as const)('are refused elsewhere: Node.js %s on %s', (version, platform, sentence) => {
    expect(() => checkNode(version, platform)).toThrow(sentence);
  });

  it('a full disk', async () => {
    await expect(checkDisk(folder, 1e18)).rejects.toThrow(/GB free and .* GB are needed: make room/);
  });
});
