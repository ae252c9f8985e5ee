import type {
  CommandContext,
  CommandData,
  CommandName,
  CommandReceipt,
  TaskLive,
  ViewKind,
  ViewOfKind,
} from '@agencyos/contracts';
import { Connection, type ConnectionOptions } from './connection.js';
import { Gateway, type GatewayOptions } from './gateway.js';
import type { LiveView } from './live-view.js';
import type { AskedOf, LiveWindow } from './live-window.js';
import { LiveViews } from './live-views.js';
import { isProblem } from './problem-error.js';
import type { ViewRows } from './view-rows.js';

export type ClientOptions = GatewayOptions & { url: string } & Pick<ConnectionOptions, 'delay' | 'WebSocket'>;

/** An installation of AgencyOS: sends commands, reads views, and follows them as they change. */
export class Client {
  readonly gateway: Gateway;
  /** Opened by the first view that is followed; comes back by itself until the client is closed or its token is refused. */
  readonly connection: Connection;
  private readonly live: LiveViews;

  constructor(options: ClientOptions) {
    this.gateway = new Gateway(options);
    this.connection = new Connection({ ...options, ticket: (signal) => this.gateway.ticket(signal) });
    this.live = new LiveViews(this.connection);
    this.connection.refusals.add((error) => {
      const { code, detail } = isProblem(error)
        ? { code: error.code, detail: error.message }
        : { code: 'unauthenticated', detail: String(error) };
      for (const view of this.live.views) view.fail(code, detail);
      for (const window of this.live.windows.all) window.fail(code, detail);
    });
  }

  /** See {@link Gateway.command}. */
  command<T extends CommandName>(
    context: CommandContext<T>,
    type: T,
    data: CommandData<T>,
    id?: string,
  ): Promise<CommandReceipt> {
    return this.gateway.command(context, type, data, id);
  }

  /** A view as it is now. */
  read<K extends ViewKind>(kind: K, id: string): Promise<ViewRows<ViewOfKind<K>>> {
    return this.gateway.view(kind, id);
  }

  /** A view as it changes, until it is left. Of the same view there is one for all who watch it. */
  watch<K extends ViewKind>(kind: K, id: string): LiveView<ViewOfKind<K>> {
    this.connection.open();
    return this.live.acquire(kind, id);
  }

  /** Ends one {@link watch}. */
  leave(view: Pick<LiveView, 'kind' | 'id' | 'readers'>): void {
    this.live.release(view);
  }

  /** Rows of a view that fit a filter, in an order, from a place on, as they change: until it is closed. */
  window<K extends ViewKind>(kind: K, id: string, asked: AskedOf<ViewOfKind<K>>): LiveWindow<ViewOfKind<K>> {
    this.connection.open();
    return this.live.windows.open(kind, id, asked);
  }

  /** Looks through it elsewhere, or at other rows. */
  look<K extends ViewKind>(window: LiveWindow<ViewOfKind<K>>, asked: AskedOf<ViewOfKind<K>>): void {
    this.live.windows.ask(window, asked);
  }

  /** Ends a {@link window}. */
  closeWindow(window: { name: string }): void {
    this.live.windows.close(window);
  }

  /** Last progress per task of a run, called back after each change; some may be missed. @returns ends it */
  follow(runId: string, seen: (all: ReadonlyMap<string, TaskLive>) => void): () => void {
    this.connection.open();
    return this.live.follow(runId, seen);
  }

  /** Ends everything that it follows. */
  close(): void {
    this.connection.close();
    this.live.forget();
  }
}
