import type { InstalledProcess } from '@agencyos/contracts/installation';
import type { Launch } from './guarded.js';

/** What a process is started with. */
export interface Start extends Launch {
  env: NodeJS.ProcessEnv;
  cwd: string;
}

/** One process of the installation as it runs here: how it is started, when it is ready, how it is stopped. */
export interface ProcessSpec extends Omit<InstalledProcess, 'reaches'> {
  /** The service of which it is a further process. */
  replicaOf?: string;
  /** Called at every start, after what an earlier one left behind has been cleared. */
  start(instanceId: string): Promise<Start>;
  ready(): Promise<boolean>;
  /** Of a process that is not ready: the parts for which it waits, as far as it tells. */
  missing?(): Promise<string[]>;
  stop: {
    signal: NodeJS.Signals;
    /** To the whole process group, or to the process alone (a server that ends its own children in order). */
    to: 'group' | 'process';
    /** Then SIGKILL to the group. */
    graceMs: number;
  };
  /** Ends what a kill left behind, where killing the group does not reach it. */
  clear?(): Promise<void>;
}
