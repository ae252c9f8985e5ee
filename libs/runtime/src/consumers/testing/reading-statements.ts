import type { ParkedRow, MemoryRows, Statement } from './memory-tables.js';

const byPosition = (a: ParkedRow, b: ParkedRow) => a.position - b.position;
const memoryKey = (consumer: string, key: string) => `${consumer} ${key}`;

/** Parked facts of one epoch's stream, or of the consumer. */
const parkedOf = ({ parked }: MemoryRows, consumer: string, epoch?: string, stream?: string) =>
  parked
    .filter((row) => row.consumer === consumer && (epoch ?? row.epoch) === row.epoch && (stream ?? row.stream) === row.stream)
    .sort(byPosition);

const byStream = (rows: ParkedRow[]) => {
  const streams = new Map<string, ParkedRow[]>();
  for (const row of rows) streams.set(row.stream, [...(streams.get(row.stream) ?? []), row]);
  return [...streams];
};

function remove(rows: MemoryRows, isGone: (row: ParkedRow) => boolean): void {
  rows.parked = rows.parked.filter((row) => !isGone(row));
}

function park(rows: MemoryRows, row: ParkedRow, known?: (before: ParkedRow) => ParkedRow): void {
  const at = rows.parked.findIndex(
    ({ consumer, epoch, position }) => consumer === row.consumer && epoch === row.epoch && position === row.position,
  );
  if (at < 0) rows.parked.push(row);
  else rows.parked[at] = known?.(rows.parked[at]!) ?? row;
}

/** Positions, memory and parked facts. */
export const readingStatements: [string, Statement][] = [
  [
    'SELECT position FROM consumer WHERE name = $1',
    ({ positions }, [name]) => (positions.has(name) ? [{ position: positions.get(name) }] : []),
  ],
  [
    'INSERT INTO consumer (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = $2',
    ({ positions }, [name, position]) => void positions.set(name, position),
  ],
  [
    'SELECT value FROM memory WHERE consumer = $1 AND key = $2',
    ({ memory }, [consumer, key]) =>
      memory.has(memoryKey(consumer, key)) ? [{ value: memory.get(memoryKey(consumer, key)) }] : [],
  ],
  [
    'INSERT INTO memory (consumer, key, value) SELECT $1, key, value FROM jsonb_to_recordset($2::jsonb)',
    ({ memory }, [consumer, puts]) => {
      for (const { key, value } of JSON.parse(puts) as { key: string; value: unknown }[])
        memory.set(memoryKey(consumer, key), value);
    },
  ],
  [
    'DELETE FROM memory WHERE consumer = $1 AND key = ANY($2)',
    ({ memory }, [consumer, keys]) => (keys as string[]).forEach((key) => memory.delete(memoryKey(consumer, key))),
  ],
  [
    'INSERT INTO parked (consumer, epoch, position, stream, fact, cause, held) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    (rows, [consumer, epoch, position, stream, fact, cause, held]) =>
      park(rows, { consumer, epoch, position: Number(position), stream, fact: JSON.parse(fact) as never, cause, held }),
  ],
  [
    "INSERT INTO parked (consumer, epoch, position, stream, fact, cause, held) VALUES ($1, '', $2, $3, $4, $5, false)",
    (rows, [consumer, position, stream, text, cause]) => {
      const fact = JSON.parse(text) as ParkedRow['fact'];
      park(rows, { consumer, epoch: '', position: Number(position), stream, fact, cause, held: false }, (before) => {
        const timers = [...(before.fact.data?.timers ?? []), ...(fact.data?.timers ?? [])];
        return { ...before, cause, fact: { ...before.fact, data: { ...before.fact.data, timers } } };
      });
    },
  ],
  [
    'SELECT consumer, position::text, stream, fact, cause, parked_at AS "parkedAt" FROM parked ' +
      "WHERE consumer = $1 AND epoch = '' AND parked.position > $2 ORDER BY parked.position LIMIT 100",
    (rows, [consumer, after]) =>
      parkedOf(rows, consumer, '')
        .filter(({ position }) => position > Number(after))
        .slice(0, 100)
        .map((row) => ({ ...row, position: String(row.position) })),
  ],
  [
    // However large they are: what one message carries is counted by the server.
    'SELECT consumer, position::text, stream, cause, "parkedAt", total::text, fact FROM (',
    ({ parked }) => {
      const told = parked.filter(({ held }) => !held);
      return told.map((row) => ({ ...row, position: String(row.position), total: String(told.length) }));
    },
  ],
  [
    'SELECT stream, count(*)::text AS facts FROM parked WHERE consumer = $1 AND NOT held GROUP BY stream',
    (rows, [consumer]) =>
      byStream(parkedOf(rows, consumer).filter(({ held }) => !held)).map(([stream, facts]) => ({
        stream,
        facts: String(facts.length),
      })),
  ],
  [
    'SELECT FROM parked WHERE consumer = $1 AND stream = $2 LIMIT 1',
    (rows, [consumer, stream]) =>
      parkedOf(rows, consumer, undefined, stream)
        .slice(0, 1)
        .map(() => ({})),
  ],
  [
    'SELECT stream, bool_and(held) AS held, count(*)::int AS facts FROM parked WHERE consumer = $1 AND epoch = $2 GROUP BY stream',
    (rows, [consumer, epoch]) =>
      byStream(parkedOf(rows, consumer, epoch)).map(([stream, facts]) => ({
        stream,
        held: facts.every(({ held }) => held),
        facts: facts.length,
      })),
  ],
  [
    'SELECT fact, cause FROM parked WHERE consumer = $1 AND epoch = $2 AND stream = $3 ORDER BY position LIMIT 1',
    (rows, [consumer, epoch, stream]) => parkedOf(rows, consumer, epoch, stream).slice(0, 1),
  ],
  [
    'UPDATE parked SET held = false WHERE consumer = $1 AND epoch = $2 AND stream = $3 RETURNING fact',
    (rows, [consumer, epoch, stream]) => {
      const parked = parkedOf(rows, consumer, epoch, stream);
      for (const row of parked) row.held = false;
      // In no order, as the server may.
      return [parked.map(({ fact }) => ({ fact })).reverse(), parked.length];
    },
  ],
  [
    'DELETE FROM parked WHERE consumer = $1 AND epoch = $2 AND position = $3',
    (rows, [consumer, epoch, position]) =>
      remove(rows, (row) => row.consumer === consumer && row.epoch === epoch && row.position === Number(position)),
  ],
  [
    'DELETE FROM parked WHERE consumer = $1 AND epoch = $2',
    (rows, [consumer, epoch]) => remove(rows, (row) => row.consumer === consumer && row.epoch === epoch),
  ],
  [
    'DELETE FROM parked WHERE consumer = $1 AND position = $2',
    (rows, [consumer, position]) => remove(rows, (row) => row.consumer === consumer && row.position === Number(position)),
  ],
];
