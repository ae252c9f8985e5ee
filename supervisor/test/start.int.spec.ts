import { spawnSync } from 'node:child_process';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkDisk } from '../bin/checks.mjs';
import { packageSource } from '../bin/debian-packages.mjs';
import { nodeProblem } from '../bin/node-version.mjs';
import { StartClone } from './start-clone.js';

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;
let clone: StartClone;

beforeEach(async () => {
  clone = await StartClone.create();
});

afterEach(() => clone.remove());

describe('npm start', () => {
  it('explains itself', async () => {
    const { code, stdout } = await clone.start(['--help']);
    expect(code).toBe(0);
    for (const option of [
      '--port',
      '--data-dir',
      '--repo',
      '--until-ready',
      '--demo',
      'NATS_URL',
      'NATS_NKEYS_DIR',
      'DATABASE_URL',
      'DATABASE_URLS_DIR',
    ]) {
      expect(stdout).toContain(option);
    }
  });

  it.each([
    [['--prot', '1'], /Unknown option '--prot'.*--help/],
    [['--port', 'x'], /--port must be a number/],
    [['--port', '70000'], /--port must be a number from 1 to 65535/],
    [['--replicas', '0'], /--replicas must be a number from 1 to 9/],
    [['something'], /Unexpected argument 'something'.*--help/],
  ])('refuses %j', (args, sentence) => clone.expectRefusal(sentence, args));

  it('refuses another Node.js before it reads what that one could not', async () => {
    const versions = "{ value: { ...process.versions, node: '16.20.2' } }";
    const pretend = `data:text/javascript,Object.defineProperty(process, 'versions', ${versions})`;
    await rm(join(clone.root, 'supervisor/bin/bootstrap.mjs'));
    await clone.expectRefusal(/Node.js \d+ or newer is needed, this is 16.20.2: install it/, [], {
      node: ['--import', pretend],
    });
  });

  it('refuses a port that is taken, and names another', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const sentence = new RegExp(`Port ${port} is taken.*--port ${port + 1}`);
    await clone.expectRefusal(sentence, ['--port', String(port)]);
    await clone.expectRefusal(sentence, ['--port', String(port - 1), '--replicas', '2']);
    server.close();
  });

  it('refuses a port that leaves none for further gateways', () =>
    clone.expectRefusal(/--port 65535 leaves no ports/, ['--port', '65535', '--replicas', '2']));

  it('refuses an archive without .git', async () => {
    await rm(join(clone.root, '.git'), { recursive: true });
    await clone.expectRefusal(/is no git clone.*git clone/);
  });

  it('refuses a repository that is none', () =>
    clone.expectRefusal(/is no git repository: give --repo/, ['--repo', clone.folder]));

  it('refuses a data folder that cannot be written', async () => {
    await writeFile(join(clone.folder, 'file'), '');
    const dataDir = join(clone.folder, 'file', 'data');
    await clone.expectRefusal(/cannot be written \(ENOTDIR\).*--data-dir/, ['--data-dir', dataDir]);
  });

  it('refuses a project folder that cannot be written', async () => {
    await chmod(clone.folder, 0o755);
    await chmod(clone.root, 0o555);
    const sentence = /clone \(the project\) cannot be written \(EACCES\): give yourself the right to/;
    // root may write everywhere, so it starts as somebody else, who need not be able to enter this project's folder
    await clone.expectRefusal(sentence, [], isRoot ? { uid: nobody, program: await clone.ownNode() } : {});
    await chmod(clone.root, 0o755);
  });

  it('refuses a machine without git', async () => {
    const empty = join(clone.folder, 'empty');
    await mkdir(empty);
    await clone.expectRefusal(/git is needed: install it/, [], { env: { PATH: empty } });
  });

  const small = isRoot && mountsSmallDisk();
  (small ? it : it.skip)('refuses a disk that is too small', async () => {
    const disk = join(clone.folder, 'disk');
    await mkdir(disk);
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    try {
      await clone.expectRefusal(/has 0.0 GB free and 0.2 GB are needed: make room/, ['--data-dir', disk]);
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});

describe('an installation that fails', () => {
  const port = ['--port', '48400'];

  it('for want of a network', async () => {
    await clone.lock();
    const env = {
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_fetch_retries: '0',
      npm_config_cache: join(clone.folder, 'npm'),
    };
    await clone.expectRefusal(/could not be downloaded: check the network/, port, { env });
  });

  it.each([
    ['npm error code ENOSPC', /The disk is full: make room and start again/],
    ['npm error something else', /`npm ci` failed \(npm error something else\): run it by hand/],
  ])('%s', async (output, sentence) => {
    await clone.lock();
    await clone.stub('npm', `echo '${output}' >&2; exit 1`);
    await clone.expectRefusal(sentence, port);
  });

  it('for want of a NATS server', async () => {
    await clone.lockAndInstall();
    await clone.stub('apt-get', "echo 'E: Failed to fetch' >&2; exit 100");
    // no nats-server of this machine: only git is on PATH
    const git = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'git'));
    const found = git.find((path) => spawnSync(path, ['--version']).status === 0);
    await symlink(found!, join(clone.stubs, 'git'));
    const sentence = packageSource()
      ? /The NATS server could not be downloaded from http.*Failed to fetch.*check the network/
      : /No NATS server found: .*nats-server/;
    await clone.expectRefusal(sentence, port, { env: { PATH: clone.stubs } });
  });
});

describe('conditions that this machine meets', () => {
  it.each([
    ['18.20.0', 'linux', /Node.js 20 or newer is needed, this is 18.20.0/],
    ['22.1.0', 'darwin', /Node.js 24 or newer is needed/],
    ['24.1.0', 'win32', /inside WSL/],
  ] as const)('are refused elsewhere: Node.js %s on %s', (version, platform, sentence) => {
    expect(nodeProblem(version, platform)).toMatch(sentence);
  });

  it('a full disk', async () => {
    await expect(checkDisk(clone.folder, 1e18)).rejects.toThrow(/GB free and .* GB are needed: make room/);
  });
});

/** Whether this root may mount: one of a container may not. */
function mountsSmallDisk(): boolean {
  return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
}
