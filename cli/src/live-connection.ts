import { setTimeout as delay } from 'node:timers/promises';
import type { TaskLive, ViewDelta } from '@agencyos/contracts';
import { WebSocket } from 'ws';
import { Refused } from './cli-problem.js';
import { deferred } from './deferred.js';
import type { GatewayClient, Rows } from './gateway-client.js';

interface Subscription {
  kind: string;
  id: string;
  revision: number;
  rows: Rows;
  changed(rows: Rows): void;
}

/** Views as they change, over one WebSocket that comes back by itself. A view that is not there yet is waited for. */
export class LiveConnection {
  private readonly views = new Map<string, Subscription>();
  private readonly runs = new Map<string, (live: TaskLive) => void>();
  private readonly failed = deferred<never>();
  private socket: WebSocket | undefined;
  private readonly closing = new AbortController();

  constructor(private readonly client: GatewayClient) {
    void this.run();
  }

  /** Rejects when the gateway refuses us for good. */
  get failure(): Promise<never> {
    return this.failed.promise;
  }

  /** Calls back with all rows after every change. */
  follow(kind: string, id: string, changed: (rows: Rows) => void): void {
    const view = { kind, id, revision: -1, rows: {}, changed };
    this.views.set(`${kind}/${id}`, view);
    this.subscribe(view);
  }

  /** Signs of life and log lines of a run's tasks; some may be missed. */
  followTasks(runId: string, seen: (live: TaskLive) => void): void {
    this.runs.set(runId, seen);
    this.send('live', { kind: 'task', id: runId });
  }

  close(): void {
    this.closing.abort();
    this.socket?.terminate();
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    try {
      for (let retry = 0; ; retry++) {
        await this.connectOnce(await this.client.ticket(signal), () => (retry = 0));
        await delay(Math.min(3_000, 100 * 2 ** retry) * Math.random(), undefined, { signal });
      }
    } catch (error) {
      // Outages have been waited out by the client already; the end of a closed connection is nobody's concern.
      this.failed.reject(error);
    }
  }

  /** Resolves when the connection is over. */
  private connectOnce(ticket: string, welcomed: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.closing.signal.aborted) return resolve();
      const url = new URL('/api/v1/live', this.client.target.url);
      url.protocol = url.protocol.replace('http', 'ws');
      const socket = new WebSocket(url, { maxPayload: 32 << 20, handshakeTimeout: 10_000 });
      this.socket = socket;
      socket.once('open', () => this.send('hello', { ticket }));
      socket.once('close', () => resolve());
      socket.on('error', () => socket.terminate());
      socket.on('message', (bytes) => {
        const { event, data } = JSON.parse(String(bytes)) as { event: string; data: Record<string, unknown> };
        if (event === 'welcome') {
          welcomed();
          for (const view of this.views.values()) this.subscribe(view);
          for (const id of this.runs.keys()) this.send('live', { kind: 'task', id });
        } else if (event === 'error' && data['code'] === 'forbidden') {
          const { code, detail } = data as { code: string; detail: string };
          reject(new Refused({ type: `urn:agencyos:problem:${code}`, title: code, status: 403, code, detail }));
          socket.terminate();
        } else this.receive(event, data);
      });
    });
  }

  private receive(event: string, data: Record<string, unknown>): void {
    const view = this.views.get(`${String(data['kind'])}/${String(data['id'])}`);
    if (event === 'live') return this.runs.get(data['id'] as string)?.(data['data'] as TaskLive);
    if (!view) return;
    if (event === 'snapshot') {
      Object.assign(view, { revision: data['revision'], rows: { ...(data['rows'] as Rows) } });
      // A part of a large view says nothing of what is not in it.
      if (!data['more']) view.changed(view.rows);
    } else if (event === 'delta') {
      this.apply(view, data as unknown as ViewDelta & { more?: boolean });
    } else if (event === 'error') {
      setTimeout(() => this.subscribe(view), 500).unref();
    }
  }

  private apply(view: Subscription, { from, to, ops, more }: ViewDelta & { more?: boolean }): void {
    if (from !== view.revision) return this.subscribe(view); // something was missed: a snapshot again
    const rows = { ...view.rows };
    for (const op of ops) {
      if (op.op === 'put') rows[op.key] = op.value;
      else delete rows[op.key];
    }
    Object.assign(view, { revision: to, rows });
    if (!more) view.changed(rows);
  }

  private subscribe({ kind, id }: Subscription): void {
    this.send('subscribe', { kind, id });
  }

  private send(event: string, data: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ event, data }));
  }
}
