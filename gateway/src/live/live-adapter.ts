import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { LIVE_LIMITS, startOfText } from '@agencyos/contracts';
import { WsAdapter } from '@nestjs/platform-ws';
import type { MessageMappingProperties } from '@nestjs/websockets';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Origins } from '../http/origins.js';
import { parseJson } from '../http/pure/json-body.js';
import { LiveSocket } from './live-socket.js';

/** Of those that have not said who they are yet: anybody may open as many as they like, and must keep nobody out. */
const MOST_STRANGERS = LIVE_LIMITS.sockets / 2;

/** Whether one more may come; of too many strangers the one that has waited longest goes for it. */
export function makeRoom(clients: Iterable<WebSocket>): boolean {
  const all = [...clients];
  const strangers = all.filter((client) => !LiveSocket.of(client)?.caller);
  if (strangers.length >= MOST_STRANGERS) strangers[0]!.terminate();
  return strangers.length >= MOST_STRANGERS || all.length < LIVE_LIMITS.sockets;
}

type Verified = (accepted: boolean, status?: number, message?: string) => void;

/**
 * Nest's adapter answers a foreign origin with 401 and drops what it does not understand in silence; here each
 * mistake has its status or close code. Messages of one socket are handled one after another.
 */
export class LiveAdapter extends WsAdapter {
  constructor(
    server: HttpServer,
    private readonly origins: Origins,
  ) {
    super(server);
  }

  override create(port: number, options: Record<string, unknown> = {}): WebSocketServer {
    const server = super.create(port, {
      ...options,
      maxPayload: LIVE_LIMITS.frameBytes,
      perMessageDeflate: false,
      verifyClient: ({ req }: { req: IncomingMessage }, verified: Verified) => {
        const { origin } = req.headers;
        if (!makeRoom(server.clients)) return verified(false, 503, 'Too many connections');
        // Without an Origin it is no browser; the ticket decides.
        if (origin !== undefined && !this.origins.allows(origin)) return verified(false, 403, 'Forbidden');
        verified(true);
      },
    }) as WebSocketServer;
    return server;
  }

  override bindMessageHandlers(client: WebSocket, handlers: MessageMappingProperties[]): void {
    const byEvent = new Map(handlers.map((handler) => [handler.message as string, handler]));
    let last: Promise<unknown> = Promise.resolve();
    client.on('message', (bytes: Buffer, isBinary: boolean) => {
      const socket = LiveSocket.of(client);
      if (!socket?.admitsMessage()) return;
      const frame = isBinary ? undefined : parse(bytes);
      if (!frame) return socket.close(1007, 'frames are JSON: {event, data}');
      const handler = byEvent.get(frame.event);
      if (!handler)
        return socket.error({
          code: 'unknown_event',
          detail: `There is no event ${startOfText(frame.event, 60)}.`,
        });
      // Handlers never reject: the global filter answers refusals and faults.
      last = last.then(() => handler.callback(frame.data, frame.event) as Promise<unknown>);
    });
  }
}

function parse(bytes: Buffer): { event: string; data: unknown } | undefined {
  try {
    const frame = parseJson(bytes.toString('utf8')) as { event?: unknown; data?: unknown } | null;
    return typeof frame?.event === 'string' ? { event: frame.event, data: frame.data } : undefined;
  } catch {
    return undefined;
  }
}
