import type { WindowPage, WindowSight } from '@agencyos/contracts';
import type { DataSource } from 'typeorm';
import type { Projection } from '../service-definition.js';

/** Of one answer: it travels in one NATS message and in one frame. */
const WINDOW_BYTES = 256 * 1024;

interface Answer {
  epoch: string;
  version: number;
  revision: string | null;
  gap: string | null;
  total: string;
  before: string;
  rows: WindowPage['rows'];
}

/**
 * What a window shows, as of one moment: it is one statement. Undefined while the epoch in use is of another version of
 * the projection, for whoever wrote that may have listed its rows otherwise.
 */
export async function readViewWindow(
  database: DataSource,
  { name, version }: Pick<Projection, 'name' | 'version'>,
  kind: string,
  id: string,
  sight: WindowSight,
): Promise<WindowPage | undefined> {
  const values: unknown[] = [name, kind, id];
  const given = (value: unknown) => `$${values.push(value)}`;
  const fits = [
    'e.epoch = head.epoch AND e.kind = $2 AND e.id = $3',
    ...sight.filter.map(([slot, wanted]) => `e.fields[${slot + 1}] = ANY (${given(wanted)}::text[])`),
    ...(sight.words === undefined ? [] : [`strpos(e.words, ${given(sight.words)}) > 0`]),
  ].join(' AND ');
  const { from, offset = 0, limit } = sight.asked;
  const place = `e.fields[${sight.slot + 1}]`;
  const direction = sight.descending ? 'DESC' : 'ASC';
  const start = from && `(${given(from.value)}::text, ${given(from.key)}::text)`;
  const [onward, earlier] = sight.descending ? ['<=', '>'] : ['>=', '<'];
  const count = (and = '') => `(SELECT count(*) FROM view_entry e WHERE ${fits}${and})`;
  const [answer] = (await database.query(
    `WITH head AS (
       SELECT p.epoch, p.version, h.revision,
         (SELECT min(g.position) FROM view_gap g WHERE g.epoch = p.epoch AND (g.kind, g.id) IN (($2, $3), ('', ''))) AS gap
       FROM projection p
       LEFT JOIN view_head h ON h.epoch = p.epoch AND h.kind = $2 AND h.id = $3
       WHERE p.name = $1 AND p.active
     )
     SELECT head.*, ${count()} AS total, ${start ? count(` AND (${place}, e.key) ${earlier} ${start}`) : '0'} AS before,
       (SELECT coalesce(json_agg(json_build_object('key', w.key, 'row', r.value) ORDER BY w.place ${direction}, w.key ${direction}), '[]')
        FROM (SELECT e.key, ${place} AS place FROM view_entry e
              WHERE ${fits}${start ? ` AND (${place}, e.key) ${onward} ${start}` : ''}
              ORDER BY ${place} ${direction}, e.key ${direction}
              OFFSET ${given(from ? 0 : offset)} LIMIT ${given(limit)}) w
        JOIN view_row r ON r.epoch = head.epoch AND r.kind = $2 AND r.id = $3 AND r.key = w.key) AS rows
     FROM head`,
    values,
  )) as Answer[];
  if (!answer || answer.version !== version) return undefined;
  const total = Number(answer.total);
  const rows = fitting(answer.rows);
  return {
    kind,
    id,
    epoch: answer.epoch,
    revision: Number(answer.revision ?? 0),
    ...(answer.gap !== null && { incompleteSince: Number(answer.gap) }),
    total,
    offset: from ? Number(answer.before) : Math.min(offset, total),
    limit: rows.length < answer.rows.length ? rows.length : limit,
    rows,
  };
}

/** As many as one message carries, and one at least. */
function fitting(rows: WindowPage['rows']): WindowPage['rows'] {
  let bytes = 0;
  const end = rows.findIndex((row, n) => (bytes += Buffer.byteLength(JSON.stringify(row))) > WINDOW_BYTES && n > 0);
  return end < 0 ? rows : rows.slice(0, end);
}
