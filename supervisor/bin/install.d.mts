/** Whether what the lock file names is installed, whoever did it; with `tests`, what only they need as well. */
export function isInstalled(projectRoot: string, also?: { tests?: boolean }): boolean;
