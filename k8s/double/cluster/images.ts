import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { findNatsServer, findPostgres } from '@agencyos/supervisor/server-parts';

/** What stands for an image: programs of this machine, with what the real image says about itself. */
export interface Image {
  /** By where a container sees them; nobody writes there. */
  files: Record<string, string>;
  entrypoint: string[];
  command: string[];
  env: Record<string, string>;
  folder: string;
  uid: number;
  /** Whom it knows beside root. */
  users: Record<string, number>;
  /** What its command is asked to end by. @defaultValue SIGTERM */
  stopSignal?: NodeJS.Signals;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const doubles = join(import.meta.dirname, 'images');

/** Node.js that runs this, and no other program: for containers of tests. */
export const nodeImage = (): Image => ({
  files: { '/opt/node/node': realpathSync(process.execPath) },
  entrypoint: ['node'],
  command: [],
  env: { PATH: `/opt/node:${PATH}` },
  folder: '/',
  uid: 1000,
  users: { node: 1000 },
});

/** As the Dockerfile makes it, of the project as it is built here. */
export function ownImage(projectRoot: string): Image {
  const { files, env, ...node } = nodeImage();
  return {
    ...node,
    files: { ...files, '/app': projectRoot },
    command: ['gateway/dist/main.js'],
    env: { ...env, NODE_ENV: 'production', HEALTH_HOST: '0.0.0.0', HEALTH_PORT: '8080' },
    folder: '/app',
  };
}

export async function natsImage(projectRoot: string): Promise<Image> {
  const { path } = await findNatsServer({ cacheDir: join(projectRoot, '.cache') });
  return {
    files: { '/opt/nats/nats-server': path },
    entrypoint: ['nats-server'],
    command: ['--config', '/etc/nats/nats-server.conf'],
    env: { PATH: `/opt/nats:${PATH}` },
    folder: '/',
    uid: 0,
    users: {},
  };
}

/** Its documented environment, by an entry of the double's own; `pg_isready`, which the npm package lacks, too. */
export async function postgresImage(projectRoot: string): Promise<Image> {
  const binaries = await findPostgres(projectRoot);
  const { files } = nodeImage();
  return {
    files: { ...files, '/opt/postgres': join(binaries, '..'), '/opt/entry': join(doubles, 'postgres') },
    entrypoint: ['postgres-entry'],
    command: ['postgres'],
    env: { PATH: `/opt/entry:/opt/postgres/bin:/opt/node:${PATH}`, PGDATA: '/var/lib/postgresql/data', LC_ALL: 'C' },
    folder: '/',
    uid: 0,
    users: { postgres: 999 },
    stopSignal: 'SIGINT',
  };
}

/** The system's own programs and libraries, which every image brings. */
export function systemFiles(): { links: [target: string, path: string][]; folders: string[] } {
  const merged = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'].filter((name) => existsSync(`/${name}`));
  const isLink = (name: string) => realpathSync(`/${name}`) === `/usr/${name}`;
  const settings = ['/etc/ssl', '/etc/ca-certificates', '/etc/ld.so.cache', '/etc/alternatives'];
  return {
    links: merged.filter(isLink).map((name) => [`usr/${name}`, `/${name}`]),
    folders: [
      '/usr',
      ...merged.filter((name) => !isLink(name)).map((name) => `/${name}`),
      ...settings.filter((path) => existsSync(path)),
    ],
  };
}
