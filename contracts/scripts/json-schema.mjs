import { z } from 'zod';

/** JSON Schema of what may come in: readers of events ignore unknown fields, commands say so themselves. */
export function jsonSchema(schema) {
  const body = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  delete body.$schema;
  return body;
}

/** A document of its own. */
export function schemaDocument(id, title, body) {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: id, title, ...body };
}

/** CloudEvents 1.0 envelope of one event type. */
export function cloudEvent({ context, type, schema, data }) {
  const text = { type: 'string' };
  const int = { type: 'integer', minimum: 0 };
  return {
    type: 'object',
    properties: {
      specversion: { const: '1.0' },
      id: { type: 'string', format: 'uuid' },
      source: { type: 'string', pattern: `^urn:agencyos:[^:]+:${context}$` },
      type: { const: `agencyos.${context}.${type}` },
      subject: { ...text, description: 'The stream.' },
      time: { type: 'string', format: 'date-time' },
      datacontenttype: { const: 'application/json' },
      dataschema: { const: `urn:agencyos:schema:${context}:${type}:${schema}` },
      streamrevision: int,
      position: {
        type: 'string',
        pattern: '^[0-9]+$',
        description: 'Position in the log, a 64-bit integer in decimal.',
      },
      correlationid: text,
      causationid: text,
      commandid: { type: 'string', format: 'uuid' },
      actor: text,
      onbehalfof: text,
      depth: int,
      traceparent: text,
      tracestate: text,
      partitionkey: text,
      data,
    },
    required: [
      'specversion',
      'id',
      'source',
      'type',
      'subject',
      'time',
      'datacontenttype',
      'dataschema',
      'streamrevision',
      'position',
      'correlationid',
      'causationid',
      'commandid',
      'actor',
      'depth',
      'partitionkey',
      'data',
    ],
  };
}
