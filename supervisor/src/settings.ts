import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

/** What `npm start` was asked for, checked by the bootstrap before. */
export interface Settings {
  port: number;
  /** Absolute. */
  dataDir: string;
  /** Repository on which the example runs. */
  repository: string;
  projectRoot: string;
  /** Processes of each service; 1 when absent. */
  replicas?: number;
  /** Stop in order and exit 0 once ready. */
  untilReady: boolean;
  /** Run the example to its end, then stop in order and exit with its code. */
  demo: boolean;
  /** With `demo`: what its command line may cast one vote with. Kept in memory alone. */
  demoVote?: string | undefined;
  /** A server that exists already; none is started then. */
  natsUrl: string | undefined;
  /** Folder with `<principal>.nk` for that server, if it asks for keys. */
  natsKeysFolder: string | undefined;
  databaseUrl: string | undefined;
  /** Folder with `<service>.url` for that server, if each service has a role of its own there. */
  databaseUrlsFolder: string | undefined;
  /** KurrentDB that holds the log instead of PostgreSQL. */
  kurrentdbUrl?: string | undefined;
}

/** @throws TypeError on an unknown option */
export function readSettings(argv: string[], env: NodeJS.ProcessEnv): Settings {
  const { values } = parseArgs({
    args: argv,
    options: {
      port: { type: 'string', default: '8400' },
      'data-dir': { type: 'string', default: '.agencyos' },
      repo: { type: 'string' },
      root: { type: 'string', default: process.cwd() },
      replicas: { type: 'string', default: '1' },
      'until-ready': { type: 'boolean', default: false },
      demo: { type: 'boolean', default: false },
    },
  });
  return {
    port: Number(values.port),
    dataDir: values['data-dir'],
    repository: values.repo ?? values.root,
    projectRoot: values.root,
    replicas: Number(values.replicas),
    untilReady: values['until-ready'],
    demo: values.demo,
    demoVote: values.demo ? randomBytes(32).toString('base64url') : undefined,
    natsUrl: env['NATS_URL'] || undefined,
    natsKeysFolder: env['NATS_NKEYS_DIR'] || undefined,
    databaseUrl: env['DATABASE_URL'] || undefined,
    databaseUrlsFolder: env['DATABASE_URLS_DIR'] || undefined,
    kurrentdbUrl: env['KURRENTDB_URL'] || undefined,
  };
}
