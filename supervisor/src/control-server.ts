import { randomBytes, timingSafeEqual } from 'node:crypto';
import { rm, writeFile, rename } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Backups } from './backups/backups.js';
import { answerForCredentials } from './credentials-server.js';
import type { Journal } from './journal.js';
import type { NatsCredentials } from './nats-credentials.js';
import { invalid, parseJson, problem, readBody, send } from './local-http.js';
import { RestartRequest, type RestartRefusal, type RestartRequests } from './restart-requests.js';
import type { Supervisor } from './supervisor.js';

const refusals: Record<RestartRefusal, { status: number; detail: string }> = {
  unknown_process: { status: 404, detail: 'There is no process of this name.' },
  stale_token: { status: 409, detail: 'A newer repair holds this process.' },
  idempotency_conflict: { status: 422, detail: 'This action key was used for another process.' },
};

/** Where the healer reaches the supervisor; its address and token lie in a file only the owner can read. */
export interface ControlServer {
  url: string;
  close(): Promise<void>;
}

interface Parts {
  supervisor: Supervisor;
  journal: Journal;
  requests: RestartRequests;
  /** Undefined where the NATS server is somebody else's. */
  credentials: NatsCredentials | undefined;
  /** Undefined where nobody has asked for them. */
  backups?: Pick<Backups, 'status'> | undefined;
}

/**
 * Serves `GET /status`, `POST /restart`, `GET /actions/:actionKey`, `GET /journal?after=N`,
 * credentials, on 127.0.0.1, every one only with the bearer token from `file`. Never through NATS, which may be what broke.
 */
export async function serveControl(file: string, parts: Parts): Promise<ControlServer> {
  const token = randomBytes(32).toString('base64url');
  const server = createServer((request, response) => {
    if (!authorised(request, token)) return problem(response, 401, 'unauthenticated', 'A bearer token is needed.');
    void answer(request, response, parts).catch(() => problem(response, 500, 'fault', 'The supervisor failed.'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeFile(`${file}.new`, JSON.stringify({ url, token, pid: process.pid }), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return { url, close: () => close(server, file) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { supervisor, journal, requests, credentials, backups }: Parts,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://supervisor');
  const route = `${request.method} ${pathname.replace(/^\/(actions|agents|subscribers)\/.*/, '/$1')}`;
  switch (route) {
    case 'GET /status':
      return send(response, 200, { processes: supervisor.status(), ...(backups && { backups: backups.status() }) });
    case 'GET /journal': {
      const after = Number(searchParams.get('after') ?? 0);
      if (!Number.isSafeInteger(after) || after < 0) return problem(response, 400, 'invalid', '`after` is no number.');
      return send(response, 200, { entries: journal.after(after) });
    }
    case 'GET /actions': {
      const action = requests.outcome(decodeURIComponent(pathname.slice('/actions/'.length)));
      return action ? send(response, 200, action) : problem(response, 404, 'not_found', 'No such action.');
    }
    case 'POST /restart': {
      const body = RestartRequest.safeParse(parseJson(await readBody(request)));
      if (!body.success) return invalid(response, body.error);
      const result = requests.request(body.data);
      if (typeof result !== 'string') return send(response, 202, result);
      return problem(response, refusals[result].status, result, refusals[result].detail);
    }
    case 'GET /credentials':
    case 'POST /agents':
    case 'POST /subscribers':
    case 'DELETE /agents':
    case 'DELETE /subscribers':
      return answerForCredentials(request, response, credentials);
    default:
      return problem(response, 404, 'not_found', 'No such resource.');
  }
}

function authorised(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function close(server: Server, file: string): Promise<void> {
  await rm(file, { force: true });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
