import { Client } from '@agencyos/client';
import { until } from '@agencyos/testing';
import { WebSocket } from 'ws';
import type { Harness } from './harness.js';

export interface Frame {
  event: string;
  data: Record<string, never> & { ops?: unknown[]; rows?: Record<string, unknown> };
}

/** The bare wire, on which more can be said than `@agencyos/client` ever says; it remembers what it got. */
export class LiveClient {
  readonly frames: Frame[] = [];
  closed: { code: number; reason: string } | undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (bytes: Buffer) => this.frames.push(JSON.parse(bytes.toString()) as Frame));
    socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    socket.on('error', () => undefined);
  }

  static async open(harness: Harness, headers: Record<string, string> = {}): Promise<LiveClient> {
    const socket = new WebSocket(`${harness.url.replace('http', 'ws')}/api/v1/live`, { headers });
    const client = new LiveClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('unexpected-response', (_request, response) => reject(new Error(String(response.statusCode))));
      socket.once('error', reject);
    });
    return client;
  }

  /** Opened and welcomed, with the owner's token or another. */
  static async welcomed(
    harness: Harness,
    credentials: { token?: string; cookie?: string } = { token: harness.ownerToken },
  ): Promise<LiveClient> {
    const client = await LiveClient.open(harness);
    client.send('hello', { ticket: await ticketOf(harness, credentials) });
    await client.next('welcome');
    return client;
  }

  send(event: string, data: unknown): void {
    this.socket.send(JSON.stringify({ event, data }));
  }

  /** The next frame of this event that was not taken yet. */
  next(event: string, matches: (frame: Frame) => boolean = () => true): Promise<Frame> {
    const next = () => {
      const index = this.frames.findIndex((frame) => frame.event === event && matches(frame));
      return index < 0 ? undefined : this.frames.splice(index, 1)[0];
    };
    return until(next, Boolean, `a frame ${event}`);
  }

  closing(): Promise<{ code: number; reason: string }> {
    return until(() => this.closed);
  }

  close(): void {
    this.socket.close();
  }
}

/** As others watch views, with the owner's token; soon back. */
export const clientOf = ({ url, ownerToken }: Harness): Client => new Client({ url, token: ownerToken, delay: () => 50 });

export async function ticketOf(harness: Harness, credentials: { token?: string; cookie?: string }): Promise<string> {
  const response = await harness.call('POST', '/api/v1/ticket', { ...credentials, body: {} });
  return ((await response.json()) as { ticket: string }).ticket;
}
