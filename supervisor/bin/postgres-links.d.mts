/** Folder of the platform's PostgreSQL package below `root`, or undefined where there is none. */
export function embeddedPostgresFolder(root: string): string | undefined;
/** Makes the package's library links; resolves to the folder with `bin/postgres`, if it is installed. */
export function linkPostgresLibraries(root: string): Promise<string | undefined>;
