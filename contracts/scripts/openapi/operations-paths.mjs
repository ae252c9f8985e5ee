import { answer, correlation, json, problem, REFUSALS } from './answers.mjs';

/** Routes of whoever keeps the installation running. */
export function operationsPaths(named) {
  return {
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
    '/api/v1/upgrade': {
      get: {
        operationId: 'showUpgrade',
        tags: ['operations'],
        summary: 'Up to which level contracts are written here, and who reads how much (needs ops:read)',
        parameters: [correlation],
        responses: {
          200: answer(
            'The level that is written, the one that all read, each process with what it reads, services that are not heard, and when it is raised by itself.',
            named('UpgradeState'),
          ),
          ...REFUSALS,
          503: problem('The healer does not answer.'),
        },
      },
    },
    '/api/v1/upgrade/finish': {
      post: {
        operationId: 'finishUpgrade',
        tags: ['operations'],
        summary: 'Raise the level to what all read; from then on older versions refuse to start (needs ops:admin)',
        parameters: [correlation],
        responses: {
          200: answer('It is written from now on, or was before.', named('UpgradeState')),
          ...REFUSALS,
          409: problem('Not everybody reads more yet: `detail` says who. Code `not_read_by_all`.'),
          503: problem('The healer does not answer.'),
        },
      },
    },
    '/health/started': {
      get: {
        operationId: 'started',
        tags: ['operations'],
        summary: 'The start has come to an end',
        security: [],
        responses: {
          200: answer('It has started.', named('Readiness')),
          503: answer('It is starting.', named('Readiness')),
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
