export interface PackageSource {
  id: 'debian' | 'ubuntu';
  codename: string;
  mirror: string;
  keyring: string;
}
/** Where this system's packages come from, read from its own configuration. */
export function packageSource(root?: string): PackageSource | undefined;
/** The source line of the suite from which the NATS server is taken. */
export function natsSourceLine(source: PackageSource): string;
