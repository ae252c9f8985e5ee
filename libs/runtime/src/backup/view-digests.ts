import { createHash } from 'node:crypto';
import pg from 'pg';
import type { ViewsLine } from './backup-line.js';
import { fetched, type Query } from './service-tables.js';

interface Epoch {
  service: string;
  projection: string;
  epoch: string;
  version: number;
  position: string;
}

/** What the views in use of every service, or of one, came to, each with the position up to which they were made. */
export async function* viewsOf(query: Query, only?: string): AsyncGenerator<ViewsLine> {
  const services = await query<{ service: string }>(
    `SELECT n.nspname AS service FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = 'projection' AND c.relkind = 'r' ORDER BY 1`,
  );
  for (const { service } of services.filter((one) => !only || one.service === only)) {
    const schema = pg.escapeIdentifier(service);
    const epochs = await query<Epoch>(
      `SELECT $1 AS service, name AS projection, epoch, version, position::text FROM ${schema}.projection
       WHERE active ORDER BY name`,
      [service],
    );
    for (const { epoch, ...views } of epochs) {
      const [{ incomplete }] = (await query(
        `SELECT EXISTS (SELECT FROM ${schema}.view_gap WHERE epoch = $1)
           OR EXISTS (SELECT FROM ${schema}.parked WHERE epoch = $1) AS incomplete`,
        [epoch],
      )) as [{ incomplete: boolean }];
      yield { kind: 'views', ...views, incomplete, digests: await digestsOf(query, service, epoch) };
    }
  }
}

/** SHA-256 over the rows of each kind of view, by id and key. */
async function digestsOf(query: Query, service: string, epoch: string): Promise<ViewsLine['digests']> {
  const found: ViewsLine['digests'] = [];
  const rows = fetched<{ kind: string; id: string; key: string; value: string }>(
    query,
    `SELECT kind, id, key, value::text FROM ${pg.escapeIdentifier(service)}.view_row WHERE epoch = ${pg.escapeLiteral(epoch)}
     ORDER BY kind COLLATE "C", id COLLATE "C", key COLLATE "C"`,
  );
  let hash = createHash('sha256');
  for await (const { kind, id, key, value } of rows) {
    if (found.at(-1)?.view !== kind) {
      settle(found, hash);
      hash = createHash('sha256');
      found.push({ view: kind, rows: 0, digest: '' });
    }
    found.at(-1)!.rows++;
    hash.update(`${JSON.stringify([id, key, value])}\n`);
  }
  settle(found, hash);
  return found;
}

function settle(found: ViewsLine['digests'], hash: ReturnType<typeof createHash>): void {
  const last = found.at(-1);
  if (last) last.digest = hash.digest('hex');
}
