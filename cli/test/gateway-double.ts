import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ViewOp } from '@agencyos/contracts';
import { WebSocketServer, type WebSocket } from 'ws';

export interface SentCommand {
  type: string;
  id: string;
  token: string;
  data: Record<string, unknown>;
}
interface Answer {
  status: number;
  body: unknown;
}
export const problem = (status: number, code: string, more = {}): Answer => ({
  status,
  body: { type: `urn:agencyos:problem:${code}`, title: code, status, code, ...more },
});

/** The gateway's REST and WebSocket interface on a free port, with views that a test writes. */
export class GatewayDouble {
  readonly commands: SentCommand[] = [];
  readonly requests: string[] = [];
  readonly subscriptions: string[] = [];
  readonly token = 'token';
  readonly owner = 'user:0191f6a0-4c1e-7b2a-9d10-3f5a7c2b9e01';
  /** Of a person, who may vote. */
  readonly personToken = 'person';
  /** Answers as a program that speaks no JSON. */
  plain = false;
  /** Asked before anything else; an answer ends the request. `drop` cuts the connection. */
  intercept: (request: string, body: string) => Answer | 'drop' | undefined = () => undefined;
  /** Called with every accepted command. */
  accepted: (command: SentCommand) => void = () => undefined;
  private readonly views = new Map<string, { revision: number; rows: Record<string, unknown> }>();
  private readonly sockets = new Set<WebSocket>();
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
    const sockets = new WebSocketServer({ server: this.server, path: '/api/v1/live' });
    sockets.on('connection', (socket) => this.serve(socket));
  }

  static async start(): Promise<GatewayDouble> {
    const double = new GatewayDouble();
    await new Promise<void>((resolve) => double.server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Changes a view and tells everybody; `silently` loses the message. */
  put(view: string, rows: Record<string, unknown>, silently = false): void {
    const present = this.views.get(view) ?? { revision: 0, rows: {} };
    const next = { revision: present.revision + 3, rows: { ...present.rows, ...rows } };
    this.views.set(view, next);
    const [kind, id] = view.split('/');
    const ops: ViewOp[] = Object.entries(rows).map(([key, value]) => ({ op: 'put', key, value }));
    if (!silently) this.tell('delta', { kind, id, epoch: 'e', from: present.revision, to: next.revision, ops });
  }

  tell(event: string, data: unknown): void {
    for (const socket of this.sockets) socket.send(JSON.stringify({ event, data }));
  }

  dropSockets(): void {
    for (const socket of this.sockets) socket.terminate();
  }

  async close(): Promise<void> {
    this.dropSockets();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(socket: WebSocket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('message', (bytes) => {
      const { event, data } = JSON.parse(String(bytes)) as { event: string; data: Record<string, string> };
      if (event === 'hello') socket.send(JSON.stringify({ event: 'welcome', data: { principal: 'user:x' } }));
      if (event !== 'subscribe') return;
      const { kind, id } = data;
      this.subscriptions.push(`${kind}/${id}`);
      const view = this.views.get(`${kind}/${id}`);
      const message = view
        ? { event: 'snapshot', data: { kind, id, epoch: 'e', ...view } }
        : { event: 'error', data: { code: 'not_found', kind, id, detail: 'not yet' } };
      socket.send(JSON.stringify(message));
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const name = `${request.method} ${request.url?.replace('/api/v1/', '')}`;
    this.requests.push(name);
    const text = Buffer.concat(chunks).toString();
    const given = this.intercept(name, text) ?? this.route(name, request, text);
    if (given === 'drop') return void request.socket.destroy();
    const answer = this.plain ? '<html>' : JSON.stringify(given.body);
    response.writeHead(given.status, { 'content-type': 'application/json' }).end(answer);
  }

  private route(name: string, request: IncomingMessage, text: string): Answer {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    if (token !== this.token && token !== this.personToken) return problem(401, 'unauthenticated');
    const [method, path = ''] = name.split(' ');
    const [head, first, second] = path.split('/');
    if (method === 'POST' && text === '') return problem(400, 'malformed_json');
    if (head === 'logout') return { status: 200, body: {} };
    if (head === 'me') return { status: 200, body: { principal: this.owner } };
    if (head === 'ticket') return { status: 200, body: { ticket: 'ticket' } };
    if (head === 'content') return { status: 200, body: { digest: first, bytes: text.length, mediaType: 'application/yaml' } };
    if (head === 'views') {
      const view = this.views.get(`${first}/${second}`);
      return view ? { status: 200, body: { kind: first, id: second, epoch: 'e', ...view } } : problem(404, 'not_found');
    }
    if (method !== 'POST' || first === undefined) return problem(404, 'not_found');
    const command = {
      type: first,
      id: String(request.headers['idempotency-key']),
      token,
      data: JSON.parse(text) as SentCommand['data'],
    };
    if (command.type === 'VoteOnApproval' && token !== this.personToken) return problem(403, 'forbidden');
    this.commands.push(command);
    this.accepted(command);
    return { status: 200, body: { stream: 's', revision: 1, position: '1' } };
  }
}
