import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { note } from '../bin/progress.mjs';

const run = promisify(execFile);

/** How a service logs in: the password of its role follows from the owner's, which no service has. */
export function serviceUrl(ownerUrl: string, service: string): string {
  const url = new URL(ownerUrl);
  const { password } = url;
  url.username = `agencyos_${service}`;
  url.password = createHmac('sha256', password).update(service).digest('base64url');
  return url.href;
}

/**
 * Brings the log to its present version, and gives each service its role and schema; those of before become its own.
 * @returns false when it did not work this time
 */
export async function prepareRoles(
  projectRoot: string,
  ownerUrl: string,
  services: readonly string[],
  urlOf: (service: string) => string,
): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'agencyos-roles-'));
  try {
    const files = services.map((service) => join(folder, `${service}.url`));
    await Promise.all(services.map((service, n) => writeFile(files[n]!, urlOf(service), { mode: 0o600 })));
    const program = join(projectRoot, 'libs/runtime/dist/database-roles/main.js');
    await run(process.execPath, [program, ...files], { env: { PATH: process.env['PATH'], DATABASE_URL: ownerUrl } });
    return true;
  } catch (error) {
    note(String((error as { stderr?: string }).stderr ?? error).trim());
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
