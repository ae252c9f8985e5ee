import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { snapshotKey } from '@agencyos/runtime/testing';

/** `npm run generate`: writes the keys of each service's snapshots, from what its built program folds the corpus to. */
const services = join(import.meta.dirname, '..', 'services');
for (const name of await readdir(services)) {
  const file = join(services, name, 'src', 'snapshot-keys.ts');
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before === undefined) continue;
  const { [name]: define } = await import(join(services, name, 'dist', 'service.js'));
  const { aggregates } = define({ config: { installationId: '01900000-0000-7000-8000-000000000001' } });
  const keys = [];
  for (const aggregate of aggregates) {
    if (aggregate.snapshots) keys.push(`  ${aggregate.category}: '${await snapshotKey(aggregate)}',`);
  }
  const text = before.replace(/\{\n[^}]*\}/, `{\n${keys.join('\n')}\n}`);
  if (text !== before) await writeFile(file, text);
  console.log(`${keys.length} snapshot key(s) of ${name}`);
}
