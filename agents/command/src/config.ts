import { delimiter } from 'node:path';
import { z } from 'zod';
import { Slug } from '@agencyos/contracts';
import type { IsolationWay } from './isolation/isolation.js';
import type { ContentClientSettings } from './content-client.js';

const Environment = z.object({
  AGENCYOS_AGENT_ID: Slug,
  AGENCYOS_INSTANCE_ID: z.string().min(1).optional(),
  AGENCYOS_AGENT_ROLES: z
    .string()
    .transform((list) => list.split(',').map((role) => role.trim()))
    .pipe(z.array(Slug).min(1)),
  AGENCYOS_WORKSPACES: z.string().min(1),
  AGENCYOS_MAX_CONCURRENT: z.coerce.number().int().min(1).max(100).default(2),
  AGENCYOS_GATEWAY_URL: z.url().optional(),
  AGENCYOS_AGENT_TOKEN_FILE: z.string().min(1).optional(),
  AGENCYOS_DATA_DIR: z.string().min(1).optional(),
  AGENCYOS_ISOLATION: z.enum(['bubblewrap', 'unshare', 'none']).optional(),
  AGENCYOS_BUBBLEWRAP: z.string().min(1).optional(),
  AGENCYOS_ISOLATION_FILE: z.string().min(1).optional(),
  AGENCYOS_PROFILES: z.string().default(''),
  AGENCYOS_SUPERVISED: z.literal('1').optional(),
  NATS_URL: z.string().min(1),
  NATS_NKEY_FILE: z.string().min(1).optional(),
  HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
});

export interface WorkerConfig {
  agentId: string;
  instanceId?: string;
  roles: string[];
  workspaces: string;
  maxConcurrent: number;
  /** Of the product; no command sees it. */
  dataDir?: string;
  /** The only way of isolating commands that will do; without it the best that works. */
  isolation?: IsolationWay;
  bubblewrapProgram?: string;
  /** Where it tells which way is in force, for who started it. */
  isolationFile?: string;
  /** Files with the profiles of roles; not all of them need be there. */
  profileFiles: string[];
  /** Started by a supervisor: stdin is a pipe whose end means that it is gone. */
  supervised: boolean;
  /** How the content store is reached, for files and for what is too large for an event; without it such a task fails. */
  contentStore?: ContentClientSettings;
  natsUrl: string;
  nkeyFile?: string;
  healthPort?: number;
}

/** @throws Error naming the variables that are missing or wrong */
export function readConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const parsed = Environment.safeParse(env);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`The environment is not complete. ${wrong.join('; ')}`);
  }
  const values = parsed.data;
  const { AGENCYOS_GATEWAY_URL: gatewayUrl, AGENCYOS_AGENT_TOKEN_FILE: tokenFile } = values;
  return {
    agentId: values.AGENCYOS_AGENT_ID,
    ...(values.AGENCYOS_INSTANCE_ID && { instanceId: values.AGENCYOS_INSTANCE_ID }),
    roles: values.AGENCYOS_AGENT_ROLES,
    workspaces: values.AGENCYOS_WORKSPACES,
    maxConcurrent: values.AGENCYOS_MAX_CONCURRENT,
    ...(values.AGENCYOS_DATA_DIR && { dataDir: values.AGENCYOS_DATA_DIR }),
    ...(values.AGENCYOS_ISOLATION && { isolation: values.AGENCYOS_ISOLATION }),
    ...(values.AGENCYOS_BUBBLEWRAP && { bubblewrapProgram: values.AGENCYOS_BUBBLEWRAP }),
    ...(values.AGENCYOS_ISOLATION_FILE && { isolationFile: values.AGENCYOS_ISOLATION_FILE }),
    profileFiles: values.AGENCYOS_PROFILES.split(delimiter).filter(Boolean),
    supervised: values.AGENCYOS_SUPERVISED === '1',
    ...(gatewayUrl && tokenFile && { contentStore: { gatewayUrl, tokenFile } }),
    natsUrl: values.NATS_URL,
    ...(values.NATS_NKEY_FILE && { nkeyFile: values.NATS_NKEY_FILE }),
    ...(values.HEALTH_PORT !== undefined && { healthPort: values.HEALTH_PORT }),
  };
}
