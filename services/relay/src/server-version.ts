import type { NatsConnection } from '@nats-io/transport-node';

const OLDEST = [2, 10, 7] as const;

/** @throws Error when the NATS server lacks what is used */
export function assertServerVersion(connection: NatsConnection): void {
  const version = connection.info?.version ?? 'unknown';
  if (!isNewEnough(version)) {
    throw new Error(`NATS server ${version} is too old: at least ${OLDEST.join('.')} is needed`);
  }
}

export function isNewEnough(version: string): boolean {
  const parts = version.split(/[.-]/).map(Number);
  for (const [index, least] of OLDEST.entries()) {
    const part = parts[index] ?? NaN;
    if (part !== least) return part > least;
  }
  return true;
}
