import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LIMITS, type Content } from '@agencyos/contracts';
import { NotReadable, type ContentClient } from '@agencyos/agent';
import { readDelivery, type Delivery } from './delivery.js';

/** What one attempt is given, and what may be fetched and brought with its ticket. */
export interface TaskFiles {
  /** As the command reads it. */
  inputJson: string;
  uses: Readonly<Record<string, Content>>;
  produces: Readonly<Record<string, string>>;
}

export interface OpenFiles {
  ticket: string;
  delivered: Promise<Delivery>;
  close(): void;
}

interface Opened extends TaskFiles {
  deliver(delivery: Delivery): void;
}

const MAX_DELIVERY_BYTES = LIMITS.attemptFilesBytes + 2 * LIMITS.contentBytes;

/**
 * Where the helper of a Job fetches the files of their attempt and brings what it has produced. Each attempt has a ticket, that
 * opens nothing else, and nothing once the attempt has ended.
 */
export class TaskFilesServer {
  private readonly open = new Map<string, Opened>();

  private constructor(
    private readonly server: Server,
    private readonly content: Pick<ContentClient, 'get'> | undefined,
  ) {}

  static async start(
    { host, port }: { host: string; port: number },
    content: Pick<ContentClient, 'get'> | undefined,
  ): Promise<TaskFilesServer> {
    const server = createServer();
    await once(server.listen(port, host), 'listening');
    const files = new TaskFilesServer(server, content);
    server.on('request', (request, response) => void files.answer(request, response));
    return files;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  openFor(files: TaskFiles): OpenFiles {
    const ticket = randomBytes(32).toString('base64url');
    const delivered = new Promise<Delivery>((deliver) => this.open.set(ticket, { ...files, deliver }));
    return { ticket, delivered, close: () => void this.open.delete(ticket) };
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const respond = (status: number, body: string | Uint8Array = '') => response.writeHead(status).end(body);
    try {
      const files = this.opened(request.headers.authorization);
      if (!files) return void respond(403);
      const [, digest] = /^\/api\/v1\/content\/(sha256:[0-9a-f]{64})$/.exec(request.url ?? '') ?? [];
      if (request.method === 'GET' && request.url === '/task') {
        const { inputJson, uses, produces } = files;
        respond(200, JSON.stringify({ inputJson, uses, produces }));
      } else if (request.method === 'GET' && digest && this.content) {
        if (!Object.values(files.uses).some((one) => one.digest === digest)) return void respond(403);
        respond(200, await this.content.get(digest, AbortSignal.timeout(60_000)));
      } else if (request.method === 'PUT' && request.url === '/delivery') {
        files.deliver(readDelivery(await bodyOf(request)));
        respond(204);
      } else respond(404);
    } catch (error) {
      respond(error instanceof NotReadable ? 404 : 400, String(error));
    }
  }

  private opened(authorization = ''): Opened | undefined {
    const given = Buffer.from(authorization.replace(/^Bearer /, ''));
    for (const [ticket, files] of this.open) {
      const known = Buffer.from(ticket);
      if (known.length === given.length && timingSafeEqual(known, given)) return files;
    }
    return undefined;
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_DELIVERY_BYTES) throw new Error('more is brought than an attempt may produce');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
