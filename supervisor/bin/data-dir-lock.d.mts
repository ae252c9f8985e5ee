import type { Problem } from './problem.mjs';
/** The pid of the supervisor that uses the folder now, if one does. */
export function holderOf(dataDir: string): number | undefined;
/** One sentence for whoever starts a second supervisor on the same folder. */
export function inUse(dataDir: string, pid: number | string): Problem;
/** Takes the folder for this process; the result gives it back. Throws a `Problem` when it is in use. */
export function lockDataDir(dataDir: string): () => void;
