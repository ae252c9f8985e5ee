import { jsonSchema } from './json-schema.mjs';
import { published } from './published.mjs';

const json = (schema) => ({ 'application/json': { schema } });
const ref = (name) => ({ $ref: `#/components/schemas/${name}` });
const problem = (description) => ({
  description,
  content: { 'application/problem+json': { schema: ref('Problem') } },
});
const answer = (description, schema) => ({ description, ...(schema && { content: json(schema) }) });
const correlation = { $ref: '#/components/parameters/CorrelationId' };

const NOT_ACCEPTABLE = problem('Understood, but not acceptable; `field` and `limit` say why.');
const REFUSALS = {
  400: problem('Not understood: malformed JSON or id, unknown field.'),
  401: problem('Not signed in.'),
  403: problem('Not allowed.'),
};
/**
 * One answer per status, its codes as an enumeration. Where a command has none of its own, the answer is that of any
 * command.
 */
function commandRefusals(own, common) {
  const statuses = [...new Set([...own, ...common].map(({ status }) => status))].sort();
  return Object.fromEntries(
    statuses.map((status) => {
      const mine = own.filter((one) => one.status === status);
      const others = common.filter((one) => one.status === status);
      return [
        status,
        mine.length === 0 ? { $ref: `#/components/responses/${anyRefused(status)}` } : refused([...mine, ...others]),
      ];
    }),
  );
}

/** What any command may be refused with, by status. */
const commonAnswers = (common) =>
  Object.fromEntries([...Map.groupBy(common, ({ status }) => status)].map(([status, all]) => [anyRefused(status), refused(all)]));

const anyRefused = (status) => `AnyCommandRefused${status}`;

function refused(refusals) {
  const fields = refusals.flatMap(({ fields }) => fields.map((field) => [field, {}]));
  const properties = { code: { enum: [...new Set(refusals.map(({ code }) => code))] }, ...Object.fromEntries(fields) };
  return {
    description: refusals.map(({ code, means }) => `- \`${code}\`: ${means}`).join('\n'),
    content: { 'application/problem+json': { schema: { allOf: [ref('Problem'), { type: 'object', properties }] } } },
  };
}

const anyOf = (names) => `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

/** Commands that have routes of their own because rows with secrets come first. */
const OWN_ROUTE = new Set(['AddUser', 'IssueToken']);

/** OpenAPI 3.1 description of the gateway's REST interface. */
export function openapi(contracts) {
  const { commands, views } = published(contracts);
  const common = [...contracts.commonRefusals, ...contracts.httpRefusals];
  const schemas = {};
  const named = (name) => {
    schemas[name] = jsonSchema(contracts[name]);
    return ref(name);
  };
  named('Problem');
  const receipt = named('Receipt');
  const paths = fixedPaths(named, contracts);
  for (const { context, type, permission, data, refusals } of commands) {
    if (permission.length === 0 || OWN_ROUTE.has(type)) continue;
    schemas[type] = jsonSchema(data);
    paths[`/api/v1/${context}/${type}`] = {
      post: {
        operationId: type,
        tags: [context],
        summary: `${type} (needs ${permission.join(' or ')})`,
        'x-permission': permission,
        parameters: [{ $ref: '#/components/parameters/IdempotencyKey' }, correlation],
        requestBody: { required: true, content: json(ref(type)) },
        responses: {
          200: answer('Recorded durably, now or by an earlier request with this key.', receipt),
          ...commandRefusals(refusals, common),
        },
      },
    };
  }
  paths['/api/v1/views/{kind}/{id}'] = viewPath(views, named('ViewSnapshot'));
  return {
    openapi: '3.1.0',
    info: {
      title: 'AgencyOS Orchestration',
      version: '1',
      description:
        'Commands, views and content of one installation. Every refusal is an RFC 9457 problem document with a stable `code`. ' +
        'Live updates: WebSocket `/api/v1/live`, described in asyncapi.yaml.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ session: [] }, { token: [] }],
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
      responses: commonAnswers(common),
      parameters: {
        IdempotencyKey: {
          name: 'Idempotency-Key',
          in: 'header',
          required: true,
          description:
            'Id of the command: a UUID of version 7 or 4 that the caller makes and repeats unchanged. One effect, however often it is sent.',
          schema: { type: 'string', format: 'uuid' },
        },
        CorrelationId: {
          name: 'X-Correlation-Id',
          in: 'header',
          required: false,
          description: 'Comes back in the answer and stands in every event and log line of the request.',
          schema: { type: 'string', maxLength: 100 },
        },
      },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'agencyos_session' },
        token: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

function viewPath(views, snapshot) {
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

function fixedPaths(named, { contexts, permissionsToRead }) {
  const post = (operationId, summary, request, responses, open = false) => ({
    post: {
      operationId,
      tags: ['identity'],
      summary,
      ...(open && { security: [] }),
      parameters: [correlation],
      ...(request && { requestBody: { required: true, content: json(named(request)) } }),
      responses: { ...responses, ...REFUSALS, 422: NOT_ACCEPTABLE },
    },
  });
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
  const tooMany = { 429: problem('Too many attempts; Retry-After says how long to wait.') };
  return {
    '/api/v1/setup': post(
      'setUp',
      'Set the first password with the one-time link and sign in',
      'SetupRequest',
      { 200: answer('Signed in.', named('Me')), ...tooMany },
      true,
    ),
    '/api/v1/login': post(
      'login',
      'Sign in',
      'LoginRequest',
      { 200: answer('Signed in; the session is a cookie.', named('Me')), ...tooMany },
      true,
    ),
    '/api/v1/login/token': post(
      'logInCommandLine',
      'A person’s rights for their command line, for 15 minutes',
      'LoginRequest',
      { 200: answer('Signed in; send the token as a bearer token.', named('LoginToken')), ...tooMany },
      true,
    ),
    '/api/v1/device': post(
      'askForDeviceCode',
      'A code that a person signed in to the dashboard confirms at /device',
      undefined,
      { 201: answer('The code, and the secret that fetches the token.', named('NewDevice')), ...tooMany },
      true,
    ),
    '/api/v1/device/token': post(
      'tokenOfDevice',
      'The token of a confirmed code; 409 `pending` until it is confirmed',
      'DeviceTokenRequest',
      {
        200: answer('Signed in; send the token as a bearer token.', named('LoginToken')),
        409: problem('Nobody has confirmed the code yet.'),
      },
      true,
    ),
    '/api/v1/device/answer': post(
      'answerDevice',
      'Confirm or deny a code (signed in to the dashboard only)',
      'DeviceAnswerRequest',
      { 204: answer('Answered.'), 404: problem('No such code waits.') },
    ),
    '/api/v1/device/{code}': {
      get: {
        operationId: 'readDevice',
        tags: ['identity'],
        summary: 'Who asks with this code (signed in to the dashboard only)',
        parameters: [{ name: 'code', in: 'path', required: true, schema: { type: 'string' } }, correlation],
        responses: {
          200: answer('It waits to be confirmed.', named('WaitingDevice')),
          ...REFUSALS,
          404: problem('No such code waits.'),
        },
      },
    },
    '/api/v1/password-reset': post(
      'resetPassword',
      'A new password, by the owner of the data folder (`agencyos reset-password`)',
      'PasswordResetRequest',
      { 204: answer('Set; all sessions of that person have ended.'), ...tooMany },
      true,
    ),
    '/api/v1/logout': post('logout', 'Sign out', 'LogoutRequest', { 204: answer('Signed out.') }),
    '/api/v1/ticket': post('ticket', 'A ticket that opens one WebSocket within 30 s', undefined, {
      200: answer('The ticket.', named('Ticket')),
    }),
    '/api/v1/users': {
      get: {
        operationId: 'users',
        tags: ['identity'],
        summary: 'The names of people (needs approval:read)',
        parameters: [correlation],
        responses: { 200: answer('By name.', named('UserNames')), ...REFUSALS },
      },
      ...post('addUser', 'Add a person (needs identity:admin)', 'NewUserRequest', {
        201: answer('Added.', named('NewUser')),
      }),
    },
    '/api/v1/tokens': post('issueToken', 'Make a token for oneself', 'NewTokenRequest', {
      201: answer('Made; the secret is shown only here.', named('NewToken')),
    }),
    '/api/v1/tokens/{tokenId}': {
      delete: {
        operationId: 'revokeToken',
        tags: ['identity'],
        summary: 'Revoke a token',
        parameters: [{ name: 'tokenId', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }, correlation],
        responses: { 204: answer('Revoked.'), ...REFUSALS, 404: problem('No such token.') },
      },
    },
    '/api/v1/me': {
      get: {
        operationId: 'me',
        tags: ['identity'],
        summary: 'Who is signed in',
        parameters: [correlation],
        responses: { 200: answer('The caller.', named('Me')), 401: REFUSALS[401] },
      },
    },
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
    '/api/v1/backups': {
      get: {
        operationId: 'showBackups',
        tags: ['operations'],
        summary: 'The backups that this machine makes by itself (needs ops:read)',
        parameters: [correlation],
        responses: {
          200: answer('How often, the last good one, and why the last attempt failed.', { type: 'object' }),
          ...REFUSALS,
        },
      },
    },
    '/api/v1/processes': {
      get: {
        operationId: 'listProcesses',
        tags: ['operations'],
        summary: 'The processes of this machine, by its supervisor (needs ops:operate)',
        parameters: [correlation],
        responses: { 200: answer('Name, pid, state and restarts of each.', { type: 'object' }), ...REFUSALS },
      },
    },
    '/api/v1/processes/{name}/restart': {
      post: {
        operationId: 'restartProcess',
        tags: ['operations'],
        summary: 'Restart one, whatever the healer thinks (needs ops:operate, and an Idempotency-Key)',
        parameters: [correlation, { name: 'name', in: 'path', required: true, schema: { type: 'string' } }],
        responses: {
          202: answer('The restart is under way.', { type: 'object' }),
          ...REFUSALS,
          404: problem('No such process, or no supervisor here.'),
          503: problem('The supervisor does not answer.'),
        },
      },
    },
    '/api/v1/parked': {
      get: {
        operationId: 'listParked',
        tags: ['operations'],
        summary: 'Facts that a consumer could not handle (needs ops:operate)',
        parameters: [correlation],
        responses: { 200: answer('Parked facts by context and consumer.', { type: 'object' }), ...REFUSALS },
      },
    },
    '/api/v1/parked/retry': {
      post: {
        operationId: 'retryParked',
        tags: ['operations'],
        summary: 'Try parked facts again (needs ops:operate)',
        parameters: [correlation],
        requestBody: {
          required: true,
          content: json({
            type: 'object',
            properties: { context: { type: 'string' }, consumer: { type: 'string' } },
            additionalProperties: false,
          }),
        },
        responses: {
          200: answer('What passed and what is left, by context.', { type: 'object' }),
          ...REFUSALS,
          503: problem('No service answered.'),
        },
      },
    },
    '/health/self': {
      get: {
        operationId: 'self',
        tags: ['operations'],
        summary: 'The gateway itself works, whatever became of the services behind it',
        security: [],
        responses: {
          200: answer('It works.', named('Readiness')),
          503: answer('Waiting; `missing` says for what.', named('Readiness')),
        },
      },
    },
    '/health/ready': {
      get: {
        operationId: 'ready',
        tags: ['operations'],
        summary: 'Ready for work',
        security: [],
        responses: {
          200: answer('Ready.', named('Readiness')),
          503: answer('Waiting; `missing` says for what.', named('Readiness')),
        },
      },
    },
  };
}
