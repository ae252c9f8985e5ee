import { jsonSchema } from './json-schema.mjs';
import { offeredFrom } from './offered-from.mjs';
import { answer, correlation, json, ref } from './openapi/answers.mjs';
import { dataPaths, viewPath, windowPath } from './openapi/data-paths.mjs';
import { identityPaths } from './openapi/identity-paths.mjs';
import { operationsPaths } from './openapi/operations-paths.mjs';
import { commandRefusals, commonAnswers } from './openapi/refusals.mjs';
import { published } from './published.mjs';

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
  const paths = { ...identityPaths(named), ...dataPaths(named, contracts), ...operationsPaths(named) };
  for (const { context, type, permission, data, refusals, ...offer } of commands) {
    if (permission.length === 0 || OWN_ROUTE.has(type)) continue;
    schemas[type] = jsonSchema(data);
    paths[`/api/v1/${context}/${type}`] = {
      post: {
        operationId: type,
        tags: [context],
        summary: `${type} (needs ${permission.join(' or ')})`,
        'x-permission': permission,
        ...offeredFrom(offer),
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
  paths['/api/v1/views/{kind}/{id}/window'] = windowPath(views, named('ViewWindow'), contracts.WINDOW_LIMITS);
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
