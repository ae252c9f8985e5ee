import { answer, correlation, problem, REFUSALS } from './answers.mjs';

const anyOf = (names) => `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

/** Routes of logs, past facts and content. */
export function dataPaths(named, { contexts, permissionsToRead }) {
  const digest = {
    name: 'digest',
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
  };
  const fileName = {
    name: 'name',
    in: 'query',
    description: 'What the download is to be called.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$' },
  };
  const bytes = { '*/*': { schema: { type: 'string', format: 'binary' } } };
  return {
    '/api/v1/runs/{runId}/log': {
      get: {
        operationId: 'readTaskLog',
        tags: ['runs'],
        summary: 'Lines of one attempt’s log, while it runs and afterwards (needs run:read)',
        parameters: [
          { name: 'runId', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
          { name: 'task', in: 'query', required: true, schema: { type: 'string' } },
          {
            name: 'attempt',
            in: 'query',
            description: 'The last one when absent.',
            schema: { type: 'integer', minimum: 1 },
          },
          {
            name: 'cursor',
            in: 'query',
            description: 'That of the page before; absent: from the beginning.',
            schema: { type: 'string' },
          },
          correlation,
        ],
        responses: {
          200: answer('The lines.', named('TaskLogPage')),
          ...REFUSALS,
          404: problem('No such task, or no such attempt.'),
          503: problem('Where logs are kept does not answer.'),
        },
      },
    },
    '/api/v1/events': {
      get: {
        operationId: 'readEvents',
        tags: ['events'],
        summary: `Facts of the past, as NATS publishes them (needs ${anyOf(contexts.flatMap(permissionsToRead))}, by context)`,
        parameters: [
          {
            name: 'context',
            in: 'query',
            required: true,
            schema: { enum: contexts },
          },
          {
            name: 'after',
            in: 'query',
            description: 'Position in the log: that of the page before, or of the last event; absent: from the beginning.',
            schema: { type: 'string', pattern: '^\\d{1,18}$' },
          },
          correlation,
        ],
        responses: { 200: answer('The next facts.', named('EventsPage')), ...REFUSALS },
      },
    },
    '/api/v1/content/{digest}': {
      put: {
        operationId: 'putContent',
        tags: ['content'],
        summary: 'Store at most 16 MiB under their SHA-256',
        parameters: [digest, correlation],
        requestBody: { required: true, content: bytes },
        responses: {
          200: answer('Stored.', named('StoredContent')),
          ...REFUSALS,
          413: problem('Larger than 16 MiB.'),
          422: problem('The bytes have another digest.'),
        },
      },
      get: {
        operationId: 'getContent',
        tags: ['content'],
        summary: 'The bytes, always as a download',
        parameters: [digest, fileName, correlation],
        responses: {
          200: { description: 'The bytes.', content: bytes },
          ...REFUSALS,
          404: problem('Not stored.'),
          422: problem('The name is none that a file can be saved under.'),
        },
      },
    },
  };
}

/** The one route of all views. */
export function viewPath(views, snapshot) {
  return {
    get: {
      operationId: 'readView',
      tags: ['views'],
      summary: 'All rows of one view at one revision',
      description: views
        .map(
          ({ kind, id, permission, rows }) =>
            `\`${kind}\` (id: ${id}; needs ${permission}; rows: ${Object.keys(rows).join(', ')})`,
        )
        .join('\n\n'),
      parameters: [
        { name: 'kind', in: 'path', required: true, schema: { enum: views.map(({ kind }) => kind) } },
        { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
        correlation,
      ],
      responses: {
        200: answer('The view.', snapshot),
        ...REFUSALS,
        404: problem('No such view.'),
        503: problem('Its owner does not answer.'),
      },
    },
  };
}

export function windowPath(views, page, { rows, offset, textCharacters }) {
  const windowed = views.filter(({ window }) => window);
  const parameter = (name, schema, description) => ({ name, in: 'query', required: false, schema, description });
  return {
    get: {
      operationId: 'readViewWindow',
      tags: ['views'],
      summary: 'Rows of one view that fit a filter, in an order, from an offset on',
      description: windowed
        .map(
          ({ kind, permission, window }) =>
            `\`${kind}\` (needs ${permission}): filtered by ${window.filter.join(', ')}; ordered by ${window.order.join(', ')}; text in ${window.text.join(', ')}`,
        )
        .join('\n\n'),
      parameters: [
        { name: 'kind', in: 'path', required: true, schema: { enum: windowed.map(({ kind }) => kind) } },
        { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
        parameter('limit', { type: 'integer', minimum: 0, maximum: rows, default: 50 }, 'Rows at most; 0 counts alone.'),
        parameter('offset', { type: 'integer', minimum: 0, maximum: offset, default: 0 }, 'Rows that come before.'),
        parameter('order', { type: 'string' }, 'A field, with `-` before it for the largest first.'),
        parameter('text', { type: 'string', maxLength: textCharacters }, 'Stands in a field that is meant for it.'),
        {
          ...parameter(
            'filter',
            { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } },
            'Each field as a parameter of its own, repeated for several values: `state=running&state=paused`.',
          ),
          style: 'form',
          explode: true,
        },
        correlation,
      ],
      responses: {
        200: answer('What the window shows.', page),
        ...REFUSALS,
        404: problem('No such view.'),
        422: problem('A parameter is not acceptable; `field` says which one, `limit` what it may be.'),
        503: problem('Its owner does not answer.'),
      },
    },
  };
}
