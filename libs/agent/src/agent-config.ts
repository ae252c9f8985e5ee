import { Slug } from '@agencyos/contracts';
import { z } from 'zod';
import type { ContentClientSettings } from './content-client.js';

/** What every agent process is told by its environment; an agent kind extends it by what is its own. */
export const AgentEnvironment = z.object({
  AGENCYOS_AGENT_ID: Slug,
  AGENCYOS_INSTANCE_ID: z.string().min(1).optional(),
  AGENCYOS_AGENT_ROLES: z
    .string()
    .transform((list) => list.split(',').map((role) => role.trim()))
    .pipe(z.array(Slug).min(1)),
  AGENCYOS_MAX_CONCURRENT: z.coerce.number().int().min(1).max(100).default(2),
  AGENCYOS_GATEWAY_URL: z.url().optional(),
  AGENCYOS_AGENT_TOKEN_FILE: z.string().min(1).optional(),
  AGENCYOS_SUPERVISED: z.literal('1').optional(),
  NATS_URL: z.string().min(1),
  NATS_NKEY_FILE: z.string().min(1).optional(),
  NATS_PROBE: z.literal('1').optional(),
  HEALTH_HOST: z.string().min(1).default('127.0.0.1'),
  HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
});

export interface AgentConfig {
  agentId: string;
  instanceId?: string;
  roles: string[];
  maxConcurrent: number;
  /** Started by a supervisor: stdin is a pipe whose end means that it is gone. */
  supervised: boolean;
  /** How the content store is reached, for files and for what is too large for an event; without it such a task fails. */
  contentStore?: ContentClientSettings;
  natsUrl: string;
  nkeyFile?: string;
  /** Look at the start whether the server forbids what must be forbidden: for one that somebody else sets up. */
  natsProbe?: boolean;
  healthPort?: number;
  /** @defaultValue `127.0.0.1` */
  healthHost?: string;
}

/** @throws Error naming the variables that are missing or wrong */
export function parseEnvironment<T extends z.ZodType>(schema: T, env: NodeJS.ProcessEnv): z.infer<T> {
  const { data, error } = schema.safeParse(env);
  if (!error) return data;
  const wrong = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`The environment is not complete. ${wrong.join('; ')}`);
}

export function agentConfigOf(values: z.infer<typeof AgentEnvironment>): AgentConfig {
  const { AGENCYOS_GATEWAY_URL: gatewayUrl, AGENCYOS_AGENT_TOKEN_FILE: tokenFile } = values;
  return {
    agentId: values.AGENCYOS_AGENT_ID,
    ...(values.AGENCYOS_INSTANCE_ID && { instanceId: values.AGENCYOS_INSTANCE_ID }),
    roles: values.AGENCYOS_AGENT_ROLES,
    maxConcurrent: values.AGENCYOS_MAX_CONCURRENT,
    supervised: values.AGENCYOS_SUPERVISED === '1',
    ...(gatewayUrl && tokenFile && { contentStore: { gatewayUrl, tokenFile } }),
    natsUrl: values.NATS_URL,
    ...(values.NATS_NKEY_FILE && { nkeyFile: values.NATS_NKEY_FILE }),
    ...(values.NATS_PROBE && { natsProbe: true }),
    ...(values.HEALTH_PORT !== undefined && { healthPort: values.HEALTH_PORT, healthHost: values.HEALTH_HOST }),
  };
}

/** Of an agent kind with nothing of its own. @throws Error naming the variables that are missing or wrong */
export const readAgentConfig = (env: NodeJS.ProcessEnv): AgentConfig => agentConfigOf(parseEnvironment(AgentEnvironment, env));
