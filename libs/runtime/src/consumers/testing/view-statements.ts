import type { WindowEntry } from '@agencyos/contracts';
import type { MemoryRows, Statement } from './memory-tables.js';

const keyOf = (...names: string[]) => names.join('\n');
type Place = { kind: string; id: string; key: string };
type Put = { value: unknown } & Partial<WindowEntry>;

/** Entries of one epoch, with the names that follow it. */
function* ofEpoch<T>(map: Map<string, T>, epoch: string): Iterable<[names: string[], value: T]> {
  for (const [key, value] of map) {
    const [own, ...names] = key.split('\n');
    if (own === epoch) yield [names, value];
  }
}
function dropEpoch(map: Map<string, unknown>, epoch: string): void {
  for (const key of [...map.keys()]) if (key.startsWith(`${epoch}\n`)) map.delete(key);
}
const headsOf = ({ heads }: MemoryRows, epoch: string) =>
  [...ofEpoch(heads, epoch)].map(([[kind, id], to]) => ({ kind: kind!, id: id!, epoch, to }));

const inUse = ({ projections }: Pick<MemoryRows, 'projections'>, name: string) =>
  projections.filter((row) => row.name === name && row.active).map(({ epoch }) => epoch);
/** By key. */
const rowsOf = (views: MemoryRows['views'], epoch: string, kind: string, id: string) =>
  [...ofEpoch(views, epoch)]
    .filter(([[ofKind, ofId]]) => ofKind === kind && ofId === id)
    .map(([[, , key], value]) => ({ key: key!, value }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));

/** As the functions `write_views` and `write_listed_views` do. */
function writeViews(rows: MemoryRows, [name, epoch, from, to, heads, puts, deletes]: string[]) {
  const projection = rows.projections.find((one) => one.name === name && one.epoch === epoch && one.position === Number(from));
  if (!projection) throw Object.assign(new Error(`projection ${name} was moved by another writer`), { code: 'P0001' });
  if (/\\u0000/.test(puts!)) throw Object.assign(new Error('unsupported Unicode escape sequence'), { code: '22P05' });
  projection.position = Number(to);
  const changed = JSON.parse(heads!) as { kind: string; id: string; to: number }[];
  const before = changed.flatMap(({ kind, id }) => {
    const revision = rows.heads.get(keyOf(epoch!, kind, id));
    return revision === undefined ? [] : [{ kind, id, revision }];
  });
  for (const { kind, id, to: revision } of changed) rows.heads.set(keyOf(epoch!, kind, id), revision);
  for (const { kind, id, key, value, fields, words = '' } of JSON.parse(puts!) as (Place & Put)[]) {
    rows.views.set(keyOf(epoch!, kind, id, key), value);
    if (fields) rows.entries.set(keyOf(epoch!, kind, id, key), { fields, words });
  }
  for (const { kind, id, key } of JSON.parse(deletes!) as Place[]) {
    rows.views.delete(keyOf(epoch!, kind, id, key));
    rows.entries.delete(keyOf(epoch!, kind, id, key));
  }
  return [{ before, stale: projection.stale }];
}

/** Projections with their rows, heads and gaps. */
export const viewStatements: [string, Statement][] = [
  ...['write_views', 'write_listed_views'].map((write): [string, Statement] => [
    `SELECT set_config('synchronous_commit', 'off', true), ${write}($1, $2, $3, $4, $5, $6, $7) AS before, ` +
      '(SELECT stale FROM projection WHERE epoch = $2) AS stale',
    writeViews,
  ]),
  [
    'SELECT epoch, version, position, active, stale FROM projection WHERE name = $1',
    ({ projections }, [name]) =>
      projections.filter((row) => row.name === name).map((row) => ({ ...row, position: String(row.position) })),
  ],
  [
    'INSERT INTO projection (name, epoch, version, position, active) VALUES ($1, $2, $3, 0, $4)',
    ({ projections }, [name, epoch, version, active]) =>
      void projections.push({ name, epoch, version, position: 0, active, stale: false }),
  ],
  [
    'UPDATE projection SET active = false WHERE name = $1 AND active',
    ({ projections }, [name]) => projections.forEach((row) => void (row.name === name && (row.active = false))),
  ],
  [
    'UPDATE projection SET active = true WHERE name = $1 AND epoch = $2',
    ({ projections }, [name, epoch]) =>
      projections.forEach((row) => void (row.name === name && row.epoch === epoch && (row.active = true))),
  ],
  [
    'UPDATE projection SET stale = true WHERE name = $1 AND active',
    ({ projections }, [name]) => projections.forEach((row) => void (row.name === name && row.active && (row.stale = true))),
  ],
  [
    'SELECT epoch FROM projection WHERE name = $1 AND NOT active AND (version < $2 OR stale)',
    ({ projections }, [name, version]) =>
      projections.filter((row) => row.name === name && !row.active && (row.version < version || row.stale)),
  ],
  ['DELETE FROM view_row WHERE epoch = $1', ({ views }, [epoch]) => dropEpoch(views, epoch)],
  ['DELETE FROM view_entry WHERE epoch = $1', ({ entries }, [epoch]) => dropEpoch(entries, epoch)],
  ['DELETE FROM view_head WHERE epoch = $1', ({ heads }, [epoch]) => dropEpoch(heads, epoch)],
  ['DELETE FROM view_gap WHERE epoch = $1', ({ gaps }, [epoch]) => dropEpoch(gaps, epoch)],
  [
    'DELETE FROM projection WHERE epoch = $1',
    (rows, [epoch]) => void (rows.projections = rows.projections.filter((row) => row.epoch !== epoch)),
  ],
  [
    'SELECT kind, id, position::float8 AS position FROM view_gap WHERE epoch = $1',
    ({ gaps }, [epoch]) => [...ofEpoch(gaps, epoch)].map(([[kind, id], position]) => ({ kind, id, position })),
  ],
  [
    'INSERT INTO view_gap (epoch, kind, id, position) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
    ({ gaps }, [epoch, kind, id, position]) => {
      const key = keyOf(epoch, kind, id);
      if (!gaps.has(key)) gaps.set(key, Number(position));
    },
  ],
  [
    'SELECT kind, id, epoch, revision::float8 AS "to" FROM view_head WHERE epoch = $1 AND changed_at > clock_timestamp() - make_interval(secs => $2)',
    (rows, [epoch]) => headsOf(rows, epoch),
  ],
  [
    'SELECT revision::float8 AS "to" FROM view_head WHERE epoch = $1 AND kind = $2 AND id = $3',
    (rows, [epoch, kind, id]) => headsOf(rows, epoch).filter((head) => head.kind === kind && head.id === id),
  ],
  [
    'SELECT kind, id, epoch, revision::float8 AS "to" FROM view_head WHERE epoch = $1 AND (kind, id) > ($2, $3) ORDER BY kind, id LIMIT 500',
    (rows, [epoch, kind, id]) =>
      headsOf(rows, epoch)
        .filter((head) => keyOf(head.kind, head.id) > keyOf(kind, id))
        .sort((a, b) => (keyOf(a.kind, a.id) < keyOf(b.kind, b.id) ? -1 : 1))
        .slice(0, 500),
  ],
  [
    'SELECT key, value FROM view_row WHERE epoch = $1 AND kind = $2 AND id = $3 AND starts_with(key, $4)',
    ({ views }, [epoch, kind, id, prefix]) =>
      [...ofEpoch(views, epoch)]
        .filter(([[ofKind, ofId, key]]) => ofKind === kind && ofId === id && key!.startsWith(prefix))
        .map(([[, , key], value]) => ({ key, value })),
  ],
  [
    "SELECT p.epoch, h.revision, (SELECT min(g.position) FROM view_gap g WHERE g.epoch = p.epoch AND (g.kind, g.id) IN (($2, $3), ('', ''))) AS gap " +
      'FROM projection p LEFT JOIN view_head h ON h.epoch = p.epoch AND h.kind = $2 AND h.id = $3 WHERE p.name = $1 AND p.active',
    ({ heads, gaps, ...rows }, [name, kind, id]) =>
      inUse(rows, name).map((epoch) => {
        const lacking = [keyOf(epoch, kind, id), keyOf(epoch, '', '')].flatMap((key) => gaps.get(key) ?? []);
        return {
          epoch,
          revision: heads.get(keyOf(epoch, kind, id))?.toString() ?? null,
          gap: lacking.length > 0 ? String(Math.min(...lacking)) : null,
        };
      }),
  ],
  [
    'SELECT key, value FROM view_row WHERE epoch = $1 AND kind = $2 AND id = $3 AND key > $4 ORDER BY key LIMIT $5',
    ({ views }, [epoch, kind, id, after, limit]) =>
      rowsOf(views, epoch, kind, id)
        .filter(({ key }) => key > after)
        .slice(0, limit),
  ],
  [
    'SELECT r.value FROM view_row r JOIN projection p ON p.epoch = r.epoch AND p.active ' +
      'WHERE p.name = $1 AND r.kind = $2 AND r.id = $3 AND r.key = $4',
    ({ views, ...rows }, [name, kind, id, wanted]) =>
      inUse(rows, name).flatMap((epoch) => rowsOf(views, epoch, kind, id).filter(({ key }) => key === wanted)),
  ],
  [
    'SELECT r.key, r.value FROM view_row r JOIN projection p ON p.epoch = r.epoch AND p.active ' +
      'WHERE p.name = $1 AND r.kind = $2 AND r.id = $3 AND starts_with(r.key, $4) ORDER BY r.key',
    ({ views, ...rows }, [name, kind, id, prefix]) =>
      inUse(rows, name).flatMap((epoch) => rowsOf(views, epoch, kind, id).filter(({ key }) => key.startsWith(prefix))),
  ],
  [
    'SELECT value::text AS text FROM view_row WHERE epoch = $1 AND kind = $2 AND id = $3 AND key = $4',
    ({ views }, names) => {
      const value = views.get(keyOf(...(names as string[])));
      return value === undefined ? [] : [{ text: JSON.stringify(value) }];
    },
  ],
  [
    'SELECT kind, id, key, text FROM unnest($2::text[], $3::text[], $4::text[]) AS asked(kind, id, key), LATERAL ( ' +
      'SELECT value::text AS text FROM view_row r WHERE r.epoch = $1 AND r.kind = asked.kind AND r.id = asked.id AND r.key = asked.key LIMIT 1) row',
    ({ views }, [epoch, kinds, ids, keys]) =>
      (kinds as string[]).flatMap((kind, n) => {
        const [id, key] = [ids[n]!, keys[n]!];
        const value = views.get(keyOf(epoch, kind, id, key));
        return value === undefined ? [] : [{ kind, id, key, text: JSON.stringify(value) }];
      }),
  ],
];
