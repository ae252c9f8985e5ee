import type { EventMetadata } from '@agencyos/contracts';
import type { ClientBase, Pool } from 'pg';
import type { Append, AppendResult, StoredAnswer } from '../event-store.js';
import type { SerialisedAppend } from '../serialised-append.js';
import { APPENDED, CONFLICT } from './append-function.js';
import { plainArray } from './plain-array.js';

const CALL = `SELECT * FROM eventstore.append($1, $2, $3, $4, $5, $6, $7::text[]::uuid[], $8, $9, $10, $11,
  $12, $13, $14, $15, $16)`;

/** Commits a group in one autocommit statement: no transaction can stay open if this process stops midway. */
export async function appendGroup(pool: Pool | ClientBase, group: readonly SerialisedAppend[]): Promise<AppendResult[]> {
  const { rows } = await pool.query<{ outcome: number[]; value: string[] }>({
    name: 'append',
    text: CALL,
    values: columnsOf(group),
  });
  const { outcome, value } = rows[0]!;
  const repeats = group.filter((_, index) => outcome[index] !== APPENDED && outcome[index] !== CONFLICT);
  const known = repeats.length > 0 ? await answersTo(pool, repeats) : [];
  return group.map((append, index): AppendResult => {
    if (outcome[index] === APPENDED) return appended(append, BigInt(value[index]!));
    if (outcome[index] === CONFLICT) return { status: 'conflict', revision: Number(value[index]) };
    const own = new Set(append.commands.map(({ commandId }) => commandId));
    return { status: 'repeat', answers: known.filter(({ commandId }) => own.has(commandId)) };
  });
}

/** Answers by command id. */
export async function storedAnswers(pool: Pool | ClientBase, commandIds: readonly string[]): Promise<StoredAnswer[]> {
  const { rows } = await pool.query<AnswerRow>({
    name: 'answers',
    text: `SELECT command_id, principal, digest, stream, revision, position
      FROM eventstore.answers WHERE command_id = ANY ($1)`,
    values: [commandIds],
  });
  return rows.map(toAnswer);
}

interface AnswerRow {
  command_id: string;
  principal: string;
  digest: string;
  stream: string;
  revision: number;
  position: string;
}

const toAnswer = ({ command_id, principal, digest, stream, revision, position }: AnswerRow): StoredAnswer => ({
  commandId: command_id,
  principal,
  digest,
  stream,
  revision,
  position: BigInt(position),
});

/** Writes answers that come with no event. Returns those that were there before, which stay. */
export async function rememberAnswers(pool: Pool | ClientBase, answers: readonly StoredAnswer[]): Promise<StoredAnswer[]> {
  if (answers.length === 0) return [];
  const { rows } = await pool.query<{ command_id: string }>({
    name: 'remember-answers',
    text: `INSERT INTO eventstore.answers (command_id, principal, digest, stream, revision, position)
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bigint[])
      ON CONFLICT (command_id) DO NOTHING RETURNING command_id`,
    values: [
      plainArray(answers.map(({ commandId }) => commandId)),
      answers.map(({ principal }) => principal),
      answers.map(({ digest }) => digest),
      answers.map(({ stream }) => stream),
      plainArray(answers.map(({ revision }) => revision)),
      plainArray(answers.map(({ position }) => position)),
    ],
  });
  const written = new Set(rows.map(({ command_id }) => command_id));
  const before = answers.filter(({ commandId }) => !written.has(commandId));
  return before.length > 0
    ? storedAnswers(
        pool,
        before.map(({ commandId }) => commandId),
      )
    : [];
}

/** A command whose answer was purged is still known by its events' ids, and they carry all that an answer says. */
async function answersTo(pool: Pool | ClientBase, repeats: readonly Append[]): Promise<StoredAnswer[]> {
  const stored = await storedAnswers(
    pool,
    repeats.flatMap(({ commands }) => commands.map(({ commandId }) => commandId)),
  );
  // Parsed here: PostgreSQL takes nothing out of JSON that holds NUL anywhere, as facts of before may.
  const { rows } = await pool.query<{ metadata: string; stream: string; revision: number; position: string }>(
    `SELECT metadata::text, stream, revision, position
    FROM eventstore.events WHERE id = ANY ($1::text[]::uuid[]) ORDER BY position DESC`,
    [repeats.flatMap(({ events }) => events.map(({ id }) => id))],
  );
  const answers = new Map(stored.map((answer) => [answer.commandId, answer]));
  for (const { metadata, stream, revision, position } of rows) {
    const { commandId, actor: principal, commandDigest: digest } = JSON.parse(metadata) as EventMetadata;
    if (answers.has(commandId)) continue; // else its last event
    answers.set(commandId, { commandId, principal, digest, stream, revision, position: BigInt(position) });
  }
  return [...answers.values()];
}

function appended({ expectedRevision, events, commands, stream }: Append, first: bigint): AppendResult {
  return {
    status: 'appended',
    position: first + BigInt(events.length - 1),
    answers: commands.map(({ commandId, principal, digest, revision }) => ({
      commandId,
      principal,
      digest,
      stream,
      revision,
      position: first + BigInt(revision - expectedRevision - 1),
    })),
  };
}

/** The group as parallel arrays: the server unpacks them faster than one JSON document. */
function columnsOf(group: readonly SerialisedAppend[]): unknown[] {
  const streams = new Map<string, number>();
  const itemStream: number[] = [];
  const itemExpected: number[] = [];
  const itemCount: number[] = [];
  const eventItem: number[] = [];
  const eventRevision: number[] = [];
  const eventId: string[] = [];
  const eventType: string[] = [];
  const eventSchema: number[] = [];
  const eventData: string[] = [];
  const eventMetadata: string[] = [];
  const commandItem: number[] = [];
  const commandId: string[] = [];
  const commandPrincipal: string[] = [];
  const commandDigest: string[] = [];
  const commandRevision: number[] = [];
  for (const [index, { stream, expectedRevision, events, commands, texts }] of group.entries()) {
    const item = index + 1;
    if (!streams.has(stream)) streams.set(stream, streams.size + 1);
    itemStream.push(streams.get(stream)!);
    itemExpected.push(expectedRevision);
    itemCount.push(events.length);
    for (const [place, event] of events.entries()) {
      eventItem.push(item);
      eventRevision.push(expectedRevision + 1 + place);
      eventId.push(event.id);
      eventType.push(event.type);
      eventSchema.push(event.schema);
    }
    for (const { data, metadata } of texts) {
      eventData.push(data);
      eventMetadata.push(metadata);
    }
    for (const command of commands) {
      commandItem.push(item);
      commandId.push(command.commandId);
      commandPrincipal.push(command.principal);
      commandDigest.push(command.digest);
      commandRevision.push(command.revision);
    }
  }
  return [
    [...streams.keys()],
    plainArray(itemStream),
    plainArray(itemExpected),
    plainArray(itemCount),
    plainArray(eventItem),
    plainArray(eventRevision),
    plainArray(eventId),
    eventType,
    plainArray(eventSchema),
    `[${eventData.join()}]`,
    `[${eventMetadata.join()}]`,
    plainArray(commandItem),
    plainArray(commandId),
    commandPrincipal,
    commandDigest,
    plainArray(commandRevision),
  ];
}
