import { jsonSchema } from '../../../contracts/scripts/json-schema.mjs';
import { published } from '../../../contracts/scripts/published.mjs';
import { fieldsOf, kindOf, table, written } from './fields.mjs';

const SCHEMAS = '../../contracts/generated/json-schema';
const fieldRows = (schema) =>
  fieldsOf(jsonSchema(schema)).map(({ name, required, schema: of }) => [
    `\`${name}\`${required ? '' : ', if wanted'}`,
    kindOf(of),
  ]);
const byContext = (list) => [...Map.groupBy(list, ({ context }) => context)];

/** Every command, by who decides it. */
export function commandsPage(contracts) {
  const one = ({ context, type, permission, services = [], since, data, refusals }) => {
    const who = permission.length > 0 ? `Needs ${permission.map((name) => `\`${name}\``).join(' or ')}.` : 'From nobody outside.';
    const senders = services.length > 0 ? ` Sent by ${services.join(', ')}, too.` : '';
    const level = since ? ` Offered from level ${since} on.` : '';
    const codes = refusals.map(({ code }) => `[\`${code}\`](refusals.md#${code})`).join(', ');
    return [
      `### ${type}`,
      `${who}${senders}${level} [JSON Schema](${SCHEMAS}/${context}/commands/${type}.json)`,
      table(['field', 'what it may be'], fieldRows(data)),
      codes ? `May be refused with ${codes}.` : 'Refused only as any command may be.',
    ].join('\n\n');
  };
  const { commands } = published(contracts);
  const sections = byContext(commands).map(([context, list]) => [`## ${context}`, ...list.map(one)].join('\n\n'));
  return [
    '# Commands',
    written('the contracts'),
    `What may be asked for: over REST \`POST /api/v1/<context>/<Command>\` with an \`Idempotency-Key\`, over NATS
\`agencyos.cmd.<context>.<aggregate>.<sender>\`. A command is answered once its events are on the disk.`,
    ...sections,
  ].join('\n\n');
}

/** Every event, by whose it is. */
export function eventsPage(contracts) {
  const one = ({ context, type, aggregate, schema, since, becomes, data }) => {
    const what = becomes
      ? `Written no more; it is read as \`${becomes}\`.`
      : `Of \`${aggregate}-<id>\`, schema ${schema}.${levelsOf(since)}`;
    const link = `[JSON Schema](${SCHEMAS}/${context}/events/${type}.v${schema}.json)`;
    return [`### ${type}`, `${what} ${link}`, table(['field', 'what it is'], fieldRows(data))].join('\n\n');
  };
  const { events } = published(contracts);
  const sections = byContext(events).map(([context, list]) => [`## ${context}`, ...list.map(one)].join('\n\n'));
  return [
    '# Events',
    written('the contracts'),
    `What has happened, for ever ([ADR 8](../adr/0008-event-names-for-ever.md)): on NATS as CloudEvents under
\`agencyos.evt.<context>.<Event>\`, and \`GET /api/v1/events?context=<context>&after=<position>\` for what was missed.`,
    ...sections,
  ].join('\n\n');
}

const levelsOf = (since = {}) =>
  Object.entries(since)
    .map(([schema, { level }]) => ` Schema ${schema} is written from level ${level} on.`)
    .join('');

/** Every code with which a command may be refused, and what it means wherever it means something of its own. */
export function refusalsPage(contracts) {
  const meanings = new Map();
  const add = (code, status, means, of) => {
    const key = `${status} ${means}`;
    const known = meanings.get(code) ?? new Map();
    known.set(key, { status, means, of: [...(known.get(key)?.of ?? []), of] });
    meanings.set(code, known);
  };
  for (const { code, status, means } of contracts.commonRefusals) add(code, status, means, 'any command');
  for (const { code, status, means } of contracts.httpRefusals) add(code, status, means, 'any command over HTTP');
  for (const { type, refusals } of published(contracts).commands)
    for (const { code, status, means } of refusals) add(code, status, means, `[${type}](commands.md#${type.toLowerCase()})`);
  const sections = [...meanings]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, all]) => {
      const lines = [...all.values()].map(({ status, means, of }) => `- ${status}: ${means} Said to ${of.join(', ')}.`);
      return `## ${code}\n\n${lines.join('\n')}`;
    });
  return [
    '# Refusal codes',
    written('the contracts'),
    `A refusal is an RFC 9457 problem document; its \`code\` is for ever, its \`detail\` is for people. Anything else that goes wrong is a
fault, and repeated.`,
    ...sections,
  ].join('\n\n');
}
