import type { MemoryRows, Statement, TimerRow } from './memory-tables.js';

const textOf = (ms: number) => new Date(ms).toISOString();
const isOf = (kind: string, key: string) => (row: TimerRow) => row.kind === kind && row.key === key;

/** Of the one that is due at that very time. */
function changed(rows: MemoryRows, [kind, key, due]: string[], change: (row: TimerRow) => TimerRow | undefined): number {
  let changes = 0;
  rows.timers = rows.timers.flatMap((row) => {
    if (!isOf(kind!, key!)(row) || row.dueAt !== Date.parse(due!)) return [row];
    changes++;
    return change(row) ?? [];
  });
  return changes;
}

/** Timers, by the database's clock. */
export const timerStatements: [string, Statement][] = [
  [
    'INSERT INTO timer (kind, key, due_at, fact, command, elapses) VALUES ($1, $2, CASE WHEN $6 THEN ' +
      'least($3::timestamptz, clock_timestamp() + ($3::timestamptz - $7::timestamptz)) ELSE $3 END, $4, $5, $6) ' +
      'ON CONFLICT (kind, key) DO UPDATE SET due_at = excluded.due_at, fact = excluded.fact, command = excluded.command, elapses = excluded.elapses',
    (rows, [kind, key, given, fact, command, elapses, recordedAt], now) => {
      const due = Date.parse(given);
      const dueAt = elapses ? Math.min(due, now + (due - Date.parse(recordedAt))) : due;
      rows.timers = rows.timers.filter((row) => !isOf(kind, key)(row));
      rows.timers.push({ kind, key, dueAt, fact: JSON.parse(fact) as unknown, command: JSON.parse(command) as unknown, elapses });
    },
  ],
  [
    'DELETE FROM timer WHERE kind = $1 AND key = $2 AND due_at = $3::timestamptz',
    (rows, [kind, key, due]) => [[], changed(rows, [kind, key, due], () => undefined)],
  ],
  [
    'DELETE FROM timer WHERE kind = $1 AND key = $2',
    (rows, [kind, key]) => void (rows.timers = rows.timers.filter((row) => !isOf(kind, key)(row))),
  ],
  [
    'SELECT kind, key, due_at::text AS due, fact, command, extract(epoch FROM clock_timestamp()) * 1000 AS now ' +
      'FROM timer WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT $1',
    ({ timers }, [limit], now) =>
      timers
        .filter(({ dueAt }) => dueAt <= now)
        .sort((a, b) => a.dueAt - b.dueAt)
        .slice(0, limit)
        .map(({ kind, key, dueAt, fact, command }) => ({ kind, key, due: textOf(dueAt), fact, command, now: String(now) })),
  ],
  [
    'SELECT ceil(extract(epoch FROM min(due_at) - clock_timestamp()) * 1000)::float8 AS ms, ' +
      'extract(epoch FROM clock_timestamp()) * 1000 AS now FROM timer',
    ({ timers }, _, now) => [
      { ms: timers.length > 0 ? Math.min(...timers.map(({ dueAt }) => dueAt)) - now : null, now: String(now) },
    ],
  ],
  [
    'UPDATE timer SET due_at = $4::timestamptz WHERE kind = $1 AND key = $2 AND due_at = $3::timestamptz',
    (rows, [kind, key, due, until]) => void changed(rows, [kind, key, due], (row) => ({ ...row, dueAt: Date.parse(until) })),
  ],
  [
    "UPDATE timer SET due_at = due_at + $1::float8 * interval '1 ms' WHERE elapses",
    ({ timers }, [ms]) => timers.forEach((row) => void (row.elapses && (row.dueAt += ms))),
  ],
];
