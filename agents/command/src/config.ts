import { delimiter } from 'node:path';
import { AgentEnvironment, agentConfigOf, parseEnvironment, type AgentConfig } from '@agencyos/agent';
import { z } from 'zod';
import type { IsolationWay } from './isolation/isolation.js';

const Environment = AgentEnvironment.extend({
  AGENCYOS_WORKSPACES: z.string().min(1),
  AGENCYOS_DATA_DIR: z.string().min(1).optional(),
  AGENCYOS_ISOLATION: z.enum(['bubblewrap', 'unshare', 'none']).optional(),
  AGENCYOS_BUBBLEWRAP: z.string().min(1).optional(),
  AGENCYOS_ISOLATION_FILE: z.string().min(1).optional(),
  /** Of the driver `kubernetes`: this worker's own image. */
  AGENCYOS_JOBS_IMAGE: z.string().min(1).optional(),
  /** Where Jobs of Kubernetes reach this worker: its pod's address. */
  AGENCYOS_JOBS_ADDRESS: z.string().min(1).optional(),
  /** At which port. */
  AGENCYOS_JOBS_PORT: z.coerce.number().int().min(0).max(65_535).default(8090),
  AGENCYOS_PROFILES: z.string().default(''),
});

export interface WorkerConfig extends AgentConfig {
  workspaces: string;
  /** Of the product; no command sees it. */
  dataDir?: string;
  /** The only way of isolating commands that will do; without it the best that works. */
  isolation?: IsolationWay;
  bubblewrapProgram?: string;
  /** Where it tells which way is in force, for who started it. */
  isolationFile?: string;
  /** Files with the profiles of roles; not all of them need be there. */
  profileFiles: string[];
  /** Of the driver `kubernetes`: this worker's own image, and where the Jobs reach it. */
  jobs?: { ownImage: string; address: string; port: number };
}

/** @throws Error naming the variables that are missing or wrong */
export function readConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const values = parseEnvironment(Environment, env);
  const { AGENCYOS_JOBS_IMAGE: ownImage, AGENCYOS_JOBS_ADDRESS: address, AGENCYOS_JOBS_PORT: port } = values;
  return {
    ...agentConfigOf(values),
    workspaces: values.AGENCYOS_WORKSPACES,
    ...(values.AGENCYOS_DATA_DIR && { dataDir: values.AGENCYOS_DATA_DIR }),
    ...(values.AGENCYOS_ISOLATION && { isolation: values.AGENCYOS_ISOLATION }),
    ...(values.AGENCYOS_BUBBLEWRAP && { bubblewrapProgram: values.AGENCYOS_BUBBLEWRAP }),
    ...(values.AGENCYOS_ISOLATION_FILE && { isolationFile: values.AGENCYOS_ISOLATION_FILE }),
    ...(ownImage && address && { jobs: { ownImage, address, port } }),
    profileFiles: values.AGENCYOS_PROFILES.split(delimiter).filter(Boolean),
  };
}
