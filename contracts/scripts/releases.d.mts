import type { ContractsSnapshot } from './snapshot.mjs';

/** One snapshot of the contracts per release. */
export const releasesFolder: string;
/** The last released contracts; undefined before the first one. */
export function newestRelease(folder?: string): Promise<(ContractsSnapshot & { version: string }) | undefined>;
