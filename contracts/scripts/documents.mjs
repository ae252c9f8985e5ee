import { stringify } from 'yaml';
import { asyncapi } from './asyncapi.mjs';
import { jsonSchema, schemaDocument } from './json-schema.mjs';
import { openapi } from './openapi.mjs';
import { published } from './published.mjs';

const text = (value) => `${JSON.stringify(value, null, 2)}\n`;

/** Every generated document: path under `generated/` → text. The same contracts always give the same documents. */
export function documents(contracts) {
  const { events, commands, views } = published(contracts);
  const files = new Map();
  for (const { context, type, schema, data } of events) {
    const id = `urn:agencyos:schema:${context}:${type}:${schema}`;
    files.set(`json-schema/${context}/events/${type}.v${schema}.json`, text(schemaDocument(id, type, jsonSchema(data))));
  }
  for (const { context, type, data } of commands) {
    const id = `urn:agencyos:command:${context}:${type}`;
    files.set(`json-schema/${context}/commands/${type}.json`, text(schemaDocument(id, type, jsonSchema(data))));
  }
  for (const { context, kind, rows } of views) {
    const properties = Object.fromEntries(Object.entries(rows).map(([row, schema]) => [row, jsonSchema(schema)]));
    const body = { description: 'Rows by the first part of their key.', type: 'object', properties };
    files.set(
      `json-schema/${context}/views/${kind}.json`,
      text(schemaDocument(`urn:agencyos:view:${context}:${kind}`, kind, body)),
    );
  }
  files.set(
    'json-schema/command-message.json',
    text(schemaDocument('urn:agencyos:command-message', 'CommandMessage', jsonSchema(contracts.CommandMessage))),
  );
  files.set('json-schema/problem.json', text(schemaDocument('urn:agencyos:problem', 'Problem', jsonSchema(contracts.Problem))));
  files.set('asyncapi.yaml', stringify(asyncapi(contracts), { lineWidth: 0, aliasDuplicateObjects: false }));
  files.set('openapi.json', text(openapi(contracts)));
  return files;
}
