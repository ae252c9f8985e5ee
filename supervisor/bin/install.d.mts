/** Whether what the lock file names is installed, whoever did it. */
export function isInstalled(projectRoot: string): boolean;
