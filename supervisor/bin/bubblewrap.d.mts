export function ownBubblewrap(projectRoot: string): string;
export function findBubblewrap(options: { projectRoot: string; onFetch?: () => void }): Promise<string | undefined>;
