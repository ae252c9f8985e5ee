import { cloudEvent, jsonSchema } from './json-schema.mjs';
import { openapi } from './openapi.mjs';
import { published } from './published.mjs';

/** Messages beside events, commands and views: what others send to us, and what we send to them. */
const TAKEN = ['CommandMessage', 'AgentHeartbeat', 'WorkflowFile'];
const GIVEN = ['Problem', 'Receipt', 'TaskOffer', 'CommandInput', 'HeartbeatAnswer', 'StopOrder', 'TaskLive', 'TaskLogBatch'];

const WORDS = ['$schema', '$id', 'title', 'description', 'default', 'deprecated'];
const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** Everything of the contracts that somebody outside relies on, as plain data. */
export function snapshot(contracts) {
  const { events, commands, views } = published(contracts);
  const schemaOf = (schema) => withoutWords(jsonSchema(schema));
  const schemas = (names) => Object.fromEntries(names.map((name) => [name, schemaOf(contracts[name])]));
  const mapped = (record) => Object.fromEntries(Object.entries(record).map(([name, schema]) => [name, schemaOf(schema)]));
  const envelope = { context: 'context', type: 'Type', schema: 1, data: {} };
  return {
    level: contracts.highestLevel(contracts.allEvents, contracts.allCommands),
    events: Object.fromEntries(
      events.map(({ context, aggregate, type, schema, data, since }) => [
        type,
        { context, aggregate, schema, ...(since && { since }), data: schemaOf(data) },
      ]),
    ),
    commands: Object.fromEntries(
      commands.map(({ context, aggregate, idField, type, permission, data, since, fieldsSince }) => [
        type,
        {
          ...{ context, aggregate, idField, permission },
          ...(since && { since }),
          ...(fieldsSince && { fieldsSince }),
          data: schemaOf(data),
        },
      ]),
    ),
    views: Object.fromEntries(
      views.map(({ context, kind, permission, rows }) => [kind, { context, permission, rows: mapped(rows) }]),
    ),
    taken: { ...schemas(TAKEN), ...prefixed('live/', mapped(contracts.liveRequests)) },
    given: {
      ...schemas(GIVEN),
      CloudEvent: withoutWords(cloudEvent(envelope)),
      ...prefixed('live/', mapped(contracts.liveMessages)),
    },
    rest: restOf(openapi(contracts), new Set(commands.map(({ type }) => type))),
    subjects: subjectsOf(contracts),
    permissions: [...contracts.PERMISSIONS],
  };
}

/** Text of a snapshot: one line per name, so that a change shows what it is about. */
export function snapshotText(version, parts) {
  const sections = Object.entries(parts).map(([section, members]) => {
    if (Array.isArray(members) || typeof members !== 'object') return `  ${JSON.stringify(section)}: ${JSON.stringify(members)}`;
    const lines = Object.entries(members).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
    return `  ${JSON.stringify(section)}: {\n${lines.join(',\n')}\n  }`;
  });
  return `{\n  "version": ${JSON.stringify(version)},\n${sections.join(',\n')}\n}\n`;
}

/** `POST /api/v1/login` → its body and what it answers; a command's stand elsewhere in the snapshot. */
function restOf({ paths, components }, commands) {
  const resolve = (schema) => {
    const name = schema?.$ref?.split('/').at(-1);
    return withoutWords(name ? components.schemas[name] : (schema ?? {}));
  };
  const json = (part) => part?.content?.['application/json']?.schema;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => methods[method]).map((method) => {
      const { operationId, requestBody, responses } = methods[method];
      const answers = Object.entries(responses).filter(([status]) => status < 400);
      const own = !commands.has(operationId);
      const body = own && json(requestBody);
      return [
        `${method.toUpperCase()} ${path}`,
        {
          ...(body && { body: resolve(body) }),
          answers: Object.fromEntries(answers.map(([status, answer]) => [status, own ? resolve(json(answer)) : {}])),
        },
      ];
    }),
  );
  return Object.fromEntries(operations);
}

/** Every subject with the names of its parts in their places. */
function subjectsOf({ subjects, jetstream, taskConsumer, agentSender }) {
  const places = {
    event: ['{context}', '{aggregate}', '{type}', '{id}'],
    command: ['{context}', '{aggregate}', '{sender}'],
    query: ['{context}', '{view}', '{sender}'],
    view: ['{kind}', '{id}'],
    viewHead: ['{context}'],
    live: ['{kind}', '{id}'],
    heartbeat: ['{kind}', '{id}'],
    taskOffer: ['{role}'],
    log: ['{runId}'],
    taskLog: ['{runId}', '{sender}'],
    taskLive: ['{runId}', '{sender}'],
  };
  const named = Object.entries(subjects).map(([name, subject]) => {
    if (typeof subject === 'string') return [name, subject];
    if (!places[name]) throw new TypeError(`snapshot.mjs does not know the parts of the subject ${name}`);
    return [name, subject(...places[name])];
  });
  return {
    ...Object.fromEntries(named),
    ...prefixed('stream/', jetstream),
    'consumer/role': taskConsumer('{role}'),
    'sender/agent': agentSender('{agentId}'),
  };
}

const prefixed = (prefix, record) => Object.fromEntries(Object.entries(record).map(([name, value]) => [prefix + name, value]));

/** The schema alone: what is said about it may change at any time, and a format's pattern with the format. */
function withoutWords(schema) {
  if (Array.isArray(schema)) return schema.map(withoutWords);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { properties, ...rest } = schema;
  const kept = Object.entries(rest).filter(([keyword]) => !WORDS.includes(keyword) && !(keyword === 'pattern' && rest.format));
  return {
    ...Object.fromEntries(kept.map(([keyword, value]) => [keyword, withoutWords(value)])),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, withoutWords(value)])),
    }),
  };
}
