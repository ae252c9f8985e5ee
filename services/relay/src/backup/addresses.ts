import { readFileSync } from 'node:fs';

/** With the addresses of the databases, which a container finds in files. */
export function withAddresses(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const found = ['DATABASE_URL', 'KURRENTDB_URL'].flatMap((name) => {
    const file = environment[`${name}_FILE`];
    return file ? [[name, readFileSync(file, 'utf8').trim()] as const] : [];
  });
  return { ...environment, ...Object.fromEntries(found) };
}
