import { Connection, LiveViews, type LiveView } from '@agencyos/client';
import type { TaskLive, ViewKind, ViewOfKind } from '@agencyos/contracts';
import { Refused } from './cli-problem.js';
import { deferred } from './deferred.js';
import type { GatewayClient } from './gateway-client.js';

const ASK_AGAIN_MS = 500;

/** One who waits disturbs nobody by coming back soon. */
const reconnectDelay = (attempt: number): number => Math.min(3_000, 50 * 2 ** attempt) * Math.random();

/** Views as they change. One that is not there yet is waited for. */
export class LiveConnection {
  private readonly connection: Connection;
  private readonly views: LiveViews;
  private readonly failed = deferred<never>();

  constructor(client: GatewayClient) {
    this.connection = new Connection({
      url: client.target.url,
      ticket: (signal) => client.ticket(signal),
      delay: reconnectDelay,
      // Outages have been waited out by the client already.
      isFinal: () => true,
    });
    this.connection.refusals.add((error) => this.failed.reject(error));
    this.views = new LiveViews(this.connection);
    this.connection.open();
  }

  /** Rejects when the gateway refuses us for good. */
  get failure(): Promise<never> {
    return this.failed.promise;
  }

  /** Calls back after every change. */
  follow<K extends ViewKind>(kind: K, id: string, changed: (view: LiveView<ViewOfKind<K>>) => void): void {
    const view = this.views.acquire(kind, id);
    view.onChange(() => {
      if (view.status === 'forbidden') this.refuse(view);
      else if (view.status === 'failed') setTimeout(() => this.views.subscribe(view), ASK_AGAIN_MS).unref();
      // A part of a large view says nothing of what is not in it.
      else if (view.whole) changed(view);
    });
  }

  /** Signs of life and log lines of a run's tasks; some may be missed. */
  followTasks(runId: string, seen: (all: Iterable<TaskLive>) => void): void {
    this.views.follow(runId, (all) => seen(all.values()));
  }

  close(): void {
    this.connection.close();
    this.views.forget();
  }

  private refuse({ error }: Pick<LiveView, 'error'>): void {
    const { code = 'forbidden', message = '' } = error ?? {};
    const problem = { type: `urn:agencyos:problem:${code}`, title: code, status: 403, code, detail: message };
    this.failed.reject(new Refused(problem));
  }
}
