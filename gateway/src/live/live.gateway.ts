import { LIVE_LIMITS, liveRequests, WINDOW_LIMITS } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { pause, Requires } from '@agencyos/runtime';
import { type BeforeApplicationShutdown, Inject, UseFilters, UseGuards } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
} from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import type { GatewayConfig } from '../config.js';
import { AuthGuard } from '../http/auth.guard.js';
import { parseBody } from '../http/body.js';
import { ProblemFilter } from '../http/problem.filter.js';
import { costOfRows, RateLimits } from '../http/rate-limits.js';
import { Authenticator } from '../identity/authenticator.js';
import { Tickets } from '../identity/tickets.js';
import { SeenReader } from '../sight/seen-reader.js';
import { resumes } from '../sight/seen-view.js';
import { Sight } from '../sight/sight.js';
import { GATEWAY_CONFIG } from '../tokens.js';
import { ViewFeed } from '../views/view-feed.js';
import { checkReadable, sightOf } from '../views/readable.js';
import { LiveSocket } from './live-socket.js';
import { SocketChecks } from './socket-checks.js';
import { TaskProgress } from './task-progress.js';
import { ViewSubscription } from './view-subscription.js';
import { WindowSubscription } from './window-subscription.js';

/** Tabs and devices of one person, with room to spare. */
const SOCKETS_PER_PERSON = 100;

/**
 * The live connection of a browser or CLI: views and their deltas, progress of tasks. Nest's global guards and filters
 * stop at HTTP, so they are named here.
 */
@UseGuards(AuthGuard)
@UseFilters(ProblemFilter)
@WebSocketGateway({ path: '/api/v1/live' })
export class LiveGateway implements OnGatewayConnection, OnGatewayDisconnect, BeforeApplicationShutdown {
  constructor(
    private readonly tickets: Tickets,
    private readonly authenticator: Authenticator,
    private readonly feed: ViewFeed,
    private readonly progress: TaskProgress,
    private readonly checks: SocketChecks,
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly limits: RateLimits,
    private readonly sight: Sight,
  ) {}

  handleConnection(client: WebSocket): void {
    const socket = new LiveSocket(client);
    this.checks.add(socket);
    setTimeout(() => {
      if (!socket.caller) socket.close(1008, 'no hello in time');
    }, LIVE_LIMITS.helloWithinMs).unref();
  }

  handleDisconnect(client: WebSocket): void {
    const socket = LiveSocket.of(client);
    if (!socket) return;
    socket.releaseAll();
    this.checks.delete(socket);
  }

  @SubscribeMessage('hello')
  @Requires('public')
  async hello(@ConnectedSocket() client: WebSocket, @MessageBody() data: unknown): Promise<void> {
    const socket = LiveSocket.of(client)!;
    const { ticket } = parseBody(liveRequests.hello, data);
    const holder = socket.caller ? undefined : await this.tickets.redeem(ticket);
    const caller = holder && (await this.authenticator.again(holder));
    if (!caller) return socket.close(1008, 'the ticket is not valid');
    if (this.config.limits && this.checks.countOf(caller.principal) >= SOCKETS_PER_PERSON)
      return socket.close(1008, 'too many connections of the same person');
    socket.caller = caller;
    socket.sight = this.sight.keyOf(caller);
    socket.checkedAt = performance.now();
    const { principal, user } = caller;
    socket.send('welcome', { principal, ...(user && { user }) });
  }

  /** Who has asked for more rows than is anybody's share waits for them, and so do their messages behind this one. */
  @SubscribeMessage('subscribe')
  @Requires('session')
  subscribe(@ConnectedSocket() client: WebSocket, @MessageBody() data: unknown): void | Promise<void> {
    const socket = LiveSocket.of(client)!;
    const { kind, id, epoch, revision } = parseBody(liveRequests.subscribe, data);
    const { cache } = this.feed;
    const caller = socket.caller!;
    const { principal } = caller;
    checkReadable(kind, id, caller);
    const name = `view ${kind} ${id}`;
    socket.release(name);
    const { sight } = socket;
    const resumable = epoch !== undefined && revision !== undefined && resumes(epoch, sight);
    const cursor = resumable ? { epoch, revision } : undefined;
    const begin = (): void | Promise<void> => {
      if (!socket.open) return;
      const waitMs = this.limits.take(principal, 'read', costOfRows(cache.rowsFor(kind, id, cursor)));
      if (waitMs > 0) return pause(waitMs).then(begin);
      const writer = new ViewSubscription(socket, kind, id, () => socket.release(name));
      const reader = new SeenReader(this.sight, caller, writer, sight);
      const leave = cache.subscribe(kind, id, reader, cursor);
      held(socket, name, () => {
        leave();
        reader.end();
        writer.end();
      });
    };
    return begin();
  }

  @SubscribeMessage('unsubscribe')
  @Requires('session')
  unsubscribe(@ConnectedSocket() client: WebSocket, @MessageBody() data: unknown): void {
    const { kind, id } = parseBody(liveRequests.unsubscribe, data);
    LiveSocket.of(client)!.release(`view ${kind} ${id}`);
  }

  @SubscribeMessage('window')
  @Requires('session')
  window(@ConnectedSocket() client: WebSocket, @MessageBody() data: unknown): void | Promise<void> {
    const socket = LiveSocket.of(client)!;
    const { window, kind, id, epoch, revision, ...asked } = parseBody(liveRequests.window, data);
    const caller = socket.caller!;
    checkReadable(kind, id, caller);
    const sight = sightOf(kind, asked);
    const check = () => this.sight.requireAll(caller);
    check();
    const name = `window ${window}`;
    socket.release(name);
    if (socket.countOf('window ') >= WINDOW_LIMITS.windows) throw tooMany('window', WINDOW_LIMITS.windows, 'windows');
    const cursor = epoch !== undefined && revision !== undefined ? { epoch, revision } : undefined;
    const begin = (): void | Promise<void> => {
      if (!socket.open) return;
      const waitMs = this.limits.take(caller.principal, 'read', 1 + costOfRows(asked.limit));
      if (waitMs > 0) return pause(waitMs).then(begin);
      const reader = new WindowSubscription(socket, window, kind, id, check, () => socket.release(name));
      held(socket, name, this.feed.windows.subscribe(kind, id, sight, reader, cursor));
    };
    return begin();
  }

  @SubscribeMessage('unwindow')
  @Requires('session')
  unwindow(@ConnectedSocket() client: WebSocket, @MessageBody() data: unknown): void {
    LiveSocket.of(client)!.release(`window ${parseBody(liveRequests.unwindow, data).window}`);
  }

  @SubscribeMessage('live')
  @Requires('run:read')
  listen(@ConnectedSocket() client: WebSocket, @MessageBody() data: unknown): void | Promise<void> {
    const { kind, id } = parseBody(liveRequests.live, data);
    const socket = LiveSocket.of(client)!;
    const name = `live ${kind} ${id}`;
    const begin = (): void => {
      socket.release(name);
      if (socket.open) held(socket, name, this.progress.listen(id, socket));
    };
    const seen = this.sight.require(socket.caller!, { runId: id }, 'view');
    return seen ? seen.then(begin) : begin();
  }

  @SubscribeMessage('unlive')
  @Requires('session')
  unlisten(@ConnectedSocket() client: WebSocket, @MessageBody() data: unknown): void {
    const { kind, id } = parseBody(liveRequests.unlive, data);
    LiveSocket.of(client)!.release(`live ${kind} ${id}`);
  }

  @SubscribeMessage('ping')
  @Requires('public')
  ping(@ConnectedSocket() client: WebSocket): void {
    LiveSocket.of(client)!.send('pong', {});
  }

  /** Clients come back by themselves, spread over some seconds. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.checks.closeAll(1012, 'restarting');
  }
}

function held(socket: LiveSocket, name: string, end: () => void): void {
  if (socket.hold(name, end)) return;
  throw tooMany(undefined, LIVE_LIMITS.subscriptions, 'subscriptions');
}

const tooMany = (field: string | undefined, limit: number, what: string) =>
  new Rejection('too_many', { ...(field && { field }), limit, detail: `At most ${limit} ${what} per socket.` });
