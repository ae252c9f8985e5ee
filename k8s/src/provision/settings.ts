import { readFileSync } from 'node:fs';
import { z } from 'zod';

const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').filter(Boolean));

const Environment = z
  .object({
    POD_NAME: z.string().min(1),
    POD_NAMESPACE: z.string().min(1),
    PROVISION_LEASE: z.string().min(1),
    PROVISION_LABELS: z.string().transform((text) => z.record(z.string(), z.string()).parse(JSON.parse(text))),
    PROVISION_SERVICES: list.pipe(z.array(z.string()).min(1)),
    PROVISION_AGENTS: list,
    PROVISION_NKEYS_SECRET: z.string().min(1),
    PROVISION_NATS_SECRET: z.string().min(1),
    PROVISION_DATABASE_SECRET: z.string().min(1),
    PROVISION_TOKENS_SECRET: z.string().min(1),
    PROVISION_READ_ONLY: list,
    PROVISION_NATS_ROUTES: list,
    PROVISION_OWNER_URL: z.url().optional(),
    PROVISION_OWNER_URL_FILE: z.string().min(1).optional(),
  })
  .refine(({ PROVISION_OWNER_URL: url, PROVISION_OWNER_URL_FILE: file }) => (url === undefined) !== (file === undefined), {
    message: 'one of PROVISION_OWNER_URL and PROVISION_OWNER_URL_FILE is needed',
  });

export interface ProvisionSettings {
  /** Of this process: who holds the election. */
  holder: string;
  namespace: string;
  lease: string;
  /** Of the Secrets that are made. */
  labels: Record<string, string>;
  services: string[];
  agents: string[];
  secrets: Record<'nkeys' | 'nats' | 'database' | 'tokens', string>;
  /** Names of Secrets that are somebody else's. */
  readOnly: string[];
  /** `host:port` of each NATS server of the installation. */
  natsRoutes: string[];
  /** The database owner's address; `own` where its password is made with the others. */
  owner: { url: string; own: boolean };
}

/** @throws Error that names the wrong variables */
export function readProvisionSettings(environment: NodeJS.ProcessEnv): ProvisionSettings {
  const { data: env, error } = Environment.safeParse(environment);
  if (error) throw new Error(`wrong environment: ${z.prettifyError(error)}`);
  const { PROVISION_OWNER_URL: ownUrl, PROVISION_OWNER_URL_FILE: file } = env;
  return {
    holder: env.POD_NAME,
    namespace: env.POD_NAMESPACE,
    lease: env.PROVISION_LEASE,
    labels: env.PROVISION_LABELS,
    services: env.PROVISION_SERVICES,
    agents: env.PROVISION_AGENTS,
    secrets: {
      nkeys: env.PROVISION_NKEYS_SECRET,
      nats: env.PROVISION_NATS_SECRET,
      database: env.PROVISION_DATABASE_SECRET,
      tokens: env.PROVISION_TOKENS_SECRET,
    },
    readOnly: env.PROVISION_READ_ONLY,
    natsRoutes: env.PROVISION_NATS_ROUTES,
    owner: ownUrl ? { url: ownUrl, own: true } : { url: readFileSync(file!, 'utf8').trim(), own: false },
  };
}
