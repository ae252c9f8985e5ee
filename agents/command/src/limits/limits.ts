import { totalmem } from 'node:os';

/** What one command may take; a whole tree of processes counts together. */
export interface Limits {
  memoryBytes: number;
  /** Processes and threads. */
  processes: number;
  /** All files of its workspace; no single file becomes larger. */
  diskBytes: number;
  /** Both output streams together. */
  outputBytes: number;
}

export type LimitName = 'memory' | 'processes' | 'disk' | 'output';

const mib = 1 << 20;

export const defaultLimits: Limits = {
  memoryBytes: Math.min(4_096 * mib, Math.floor(totalmem() * 0.75)),
  processes: 2_048,
  diskBytes: 8_192 * mib,
  outputBytes: 256 * mib,
};

/** The limits of every command, where a profile does not name others. */
export function limitsOf({ memoryMiB, processes, diskMiB, outputMiB }: LimitsInMiB): Limits {
  return {
    memoryBytes: memoryMiB ? memoryMiB * mib : defaultLimits.memoryBytes,
    processes: processes ?? defaultLimits.processes,
    diskBytes: diskMiB ? diskMiB * mib : defaultLimits.diskBytes,
    outputBytes: outputMiB ? outputMiB * mib : defaultLimits.outputBytes,
  };
}

export interface LimitsInMiB {
  memoryMiB?: number | undefined;
  processes?: number | undefined;
  diskMiB?: number | undefined;
  outputMiB?: number | undefined;
}

const taken: Record<LimitName, (limits: Limits) => string> = {
  memory: ({ memoryBytes }) => `${Math.floor(memoryBytes / mib)} MiB of memory`,
  processes: (limits) => `${limits.processes} processes and threads`,
  disk: ({ diskBytes }) => `${Math.floor(diskBytes / mib)} MiB of disk`,
  output: ({ outputBytes }) => `${Math.floor(outputBytes / mib)} MiB of output`,
};

/** Why a command was ended, for whoever can do something about it. */
export const overLimit = (name: LimitName, limits: Limits): string =>
  `The command wanted more than the ${taken[name](limits)} that this worker lets it have. Let it do less at a time, ` +
  "or let the worker's owner raise the limit in the role's profile.";

/** Holds the processes of one command, and knows when they wanted more than they may. */
export interface LimitGroup {
  /** Files into which a process writes its own id to become part of it, with all that it starts. */
  join: string[];
  /** What the kernel has refused, or ended processes for. */
  exceeded(): 'memory' | 'processes' | undefined;
  /** Ends all that is in it, and takes it away. */
  close(): Promise<void>;
}

export type LimitWay = 'cgroup v2' | 'cgroup v1' | 'watching';

/** One way to limit memory and processes. */
export interface Limiter {
  way: LimitWay;
  /** Undefined where nothing but the worker's own watching limits a command. */
  open?(limits: Limits): LimitGroup;
}

export const watching: Limiter = { way: 'watching' };
