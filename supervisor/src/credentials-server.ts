import type { IncomingMessage, ServerResponse } from 'node:http';
import { Name, NewAgent, NewSubscriber } from './credentials.js';
import { invalid, parseJson, problem, readBody, send } from './local-http.js';
import { NotInForce, type NatsCredentials } from './nats-credentials.js';

/**
 * `GET /credentials`; `POST /agents`, `POST /subscribers`: gives one out; `DELETE /agents/<name>`,
 * `DELETE /subscribers/<name>`: takes it back.
 */
export async function answerForCredentials(
  request: IncomingMessage,
  response: ServerResponse,
  credentials: NatsCredentials | undefined,
): Promise<void> {
  if (!credentials) return problem(response, 409, 'foreign_nats', 'NATS is run by somebody else: its accounts are kept there.');
  const [, what = '', name = ''] = new URL(request.url ?? '/', 'http://supervisor').pathname.split('/');
  try {
    if (request.method === 'GET') return send(response, 200, listed(credentials));
    if (request.method === 'DELETE') return await remove(what, name, response, credentials);
    const body = parseJson(await readBody(request));
    if (what === 'agents') {
      const agent = NewAgent.safeParse(body);
      if (!agent.success) return invalid(response, agent.error);
      if (credentials.isBuiltIn(agent.data.name)) return builtIn(response, 'choose another name');
      return send(response, 200, await credentials.addAgent(agent.data));
    }
    const subscriber = NewSubscriber.safeParse(body);
    if (!subscriber.success) return invalid(response, subscriber.error);
    return send(response, 200, await credentials.addSubscriber(subscriber.data));
  } catch (error) {
    if (!(error instanceof NotInForce)) throw error;
    return problem(response, 503, 'not_in_force', error.message);
  }
}

function listed(credentials: NatsCredentials) {
  const { agents, subscribers } = credentials.list();
  return {
    agents: agents.map(({ agentId: name, roles, owner }) => ({
      ...{ name, roles, builtIn: credentials.isBuiltIn(name) },
      ...(owner && { owner }),
    })),
    subscribers,
  };
}

async function remove(what: string, wanted: string, response: ServerResponse, credentials: NatsCredentials): Promise<void> {
  const name = Name.safeParse(wanted);
  if (!name.success) return invalid(response, name.error);
  if (what === 'agents' && credentials.isBuiltIn(name.data)) return builtIn(response, 'it belongs to the installation');
  const removed = what === 'agents' ? await credentials.removeAgent(name.data) : await credentials.removeSubscriber(name.data);
  send(response, 200, { removed });
}

const builtIn = (response: ServerResponse, so: string): void =>
  problem(response, 409, 'already_exists', `A built-in agent has this name: ${so}.`);
