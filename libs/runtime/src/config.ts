import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Environment = z.object({
  AGENCYOS_INSTANCE_ID: z.string().default(() => randomUUID()),
  AGENCYOS_DATA_DIR: z.string().optional(),
  AGENCYOS_SUPERVISED: z.string().optional(),
  NATS_URL: z.string().default('nats://127.0.0.1:4222'),
  NATS_NKEY_FILE: z.string().optional(),
  /** Look at the start whether the server forbids what must be forbidden: for one that somebody else sets up. */
  NATS_PROBE: z.literal('1').optional(),
  DATABASE_URL: z.string().default('postgres://postgres@127.0.0.1:5432/postgres'),
  /** File that holds the URL, for orchestrators that hand out secrets as files. Wins over DATABASE_URL. */
  DATABASE_URL_FILE: z.string().optional(),
  KURRENTDB_URL: z
    .string()
    .regex(/^((kurrentdb|kurrent|kdb|esdb)(\+discover)?:\/\/|$)/, 'is no kurrentdb:// address')
    .optional(),
  /** File that holds it; wins as well. */
  KURRENTDB_URL_FILE: z.string().optional(),
  /** `wait`: somebody else brings the tables up to date, as a Job does, and this process waits until that is done. */
  AGENCYOS_MIGRATIONS: z.enum(['run', 'wait']).default('run'),
  HEALTH_HOST: z.string().default('127.0.0.1'),
  HEALTH_PORT: z.coerce.number().int().min(0).max(65535).default(0),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  COMMAND_DEADLINE_MS: z.coerce.number().int().min(100).max(60_000).default(10_000),
});

/** Process settings, read from the environment once. `name` is the service's own. */
export abstract class RuntimeConfig {
  abstract readonly name: string;
  abstract readonly instanceId: string;
  abstract readonly dataDir: string | undefined;
  /** Started by the supervisor: the process ends when its standard input closes. */
  abstract readonly supervised: boolean;
  abstract readonly natsUrl: string;
  abstract readonly nkeyFile: string | undefined;
  abstract readonly natsProbe: boolean;
  abstract readonly databaseUrl: string;
  /** The log is in KurrentDB then; everything else stays in PostgreSQL. */
  abstract readonly kurrentdbUrl?: string;
  /** The tables are brought up to date by somebody else. */
  abstract readonly awaitsMigrations?: boolean;
  abstract readonly healthHost: string;
  abstract readonly healthPort: number;
  abstract readonly logLevel: string;
  abstract readonly commandDeadlineMs: number;
  /** Minted once per installation, kept in the event store's database. */
  abstract installationId: string;
}

/** @throws Error that names every wrong variable. */
export function readConfig(name: string, environment: NodeJS.ProcessEnv = process.env): RuntimeConfig {
  const { KURRENTDB_URL_FILE: kurrentdbUrlFile } = environment;
  const parsed = Environment.safeParse({
    ...environment,
    ...(kurrentdbUrlFile && { KURRENTDB_URL: readFileSync(kurrentdbUrlFile, 'utf8').trim() }),
  });
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`wrong environment of ${name}: ${problems.join('; ')}`);
  }
  const env = parsed.data;
  return {
    name,
    instanceId: env.AGENCYOS_INSTANCE_ID,
    dataDir: env.AGENCYOS_DATA_DIR,
    supervised: env.AGENCYOS_SUPERVISED === '1',
    natsUrl: env.NATS_URL,
    nkeyFile: env.NATS_NKEY_FILE,
    natsProbe: env.NATS_PROBE === '1',
    databaseUrl: env.DATABASE_URL_FILE ? readFileSync(env.DATABASE_URL_FILE, 'utf8').trim() : env.DATABASE_URL,
    ...(env.KURRENTDB_URL && { kurrentdbUrl: env.KURRENTDB_URL }),
    awaitsMigrations: env.AGENCYOS_MIGRATIONS === 'wait',
    healthHost: env.HEALTH_HOST,
    healthPort: env.HEALTH_PORT,
    logLevel: env.LOG_LEVEL,
    commandDeadlineMs: env.COMMAND_DEADLINE_MS,
    installationId: '',
  };
}
