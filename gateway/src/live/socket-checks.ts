import { once } from 'node:events';
import { LIVE_LIMITS } from '@agencyos/contracts';
import { Background, pause, within } from '@agencyos/runtime';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Authenticator } from '../identity/authenticator.js';
import type { Caller } from '../identity/caller.js';
import { ServicesLink } from '../operations/services-link.js';
import { Sight } from '../sight/sight.js';
import type { LiveSocket } from './live-socket.js';

const CHECK_EVERY_MS = 2_000;
/** While rights cannot be checked at all, sockets stay open this long. */
const UNCHECKED_MS = 60_000;
const WARN_BEFORE_MS = 60_000;
const DRAIN_MS = 1_000;

/** Open sockets: still alive, still fed, still signed in, still with the same rights. */
@Injectable()
export class SocketChecks implements OnApplicationBootstrap {
  private readonly sockets = new Set<LiveSocket>();
  private readonly heard = new WeakSet<object>();

  constructor(
    private readonly authenticator: Authenticator,
    private readonly background: Background,
    private readonly link: ServicesLink,
    private readonly sight: Sight,
  ) {}

  onApplicationBootstrap(): void {
    this.background.run('socket-checks', async (signal) => {
      while (!signal.aborted) {
        await pause(CHECK_EVERY_MS, signal);
        if (this.link.cutOff) await this.closeAll(1013, 'cut off from the services');
        else await this.checkRights();
      }
    });
    this.background.run('socket-pings', async (signal) => {
      while (!signal.aborted) {
        await pause(LIVE_LIMITS.pingEveryMs, signal);
        for (const { client } of this.sockets) this.ping(client);
      }
    });
  }

  add(socket: LiveSocket): void {
    this.sockets.add(socket);
    this.heard.add(socket.client);
    socket.client.on('pong', () => this.heard.add(socket.client));
  }

  delete(socket: LiveSocket): void {
    this.sockets.delete(socket);
  }

  /** How many sockets somebody has open. */
  countOf(principal: string): number {
    let count = 0;
    for (const { caller } of this.sockets) if (caller?.principal === principal) count += 1;
    return count;
  }

  async closeAll(code: number, reason: string): Promise<void> {
    const clients = [...this.sockets].map((socket) => {
      socket.close(code, reason);
      return socket.client;
    });
    const closed = Promise.all(
      clients.map((client) => (client.readyState === client.CLOSED ? undefined : once(client, 'close'))),
    );
    await within(DRAIN_MS, 'the end of the sockets', closed).catch(() => undefined);
  }

  /** Who has not answered the last ping is gone. */
  private ping(client: LiveSocket['client']): void {
    if (!this.heard.has(client)) return client.terminate();
    this.heard.delete(client);
    client.ping();
  }

  private async checkRights(): Promise<void> {
    const bySession = new Map<string, LiveSocket[]>();
    for (const socket of this.sockets) {
      const holder = socket.caller?.sessionId ?? socket.caller?.tokenId;
      if (holder) bySession.set(holder, [...(bySession.get(holder) ?? []), socket]);
    }
    for (const sockets of bySession.values()) await this.check(sockets);
  }

  private async check(sockets: LiveSocket[]): Promise<void> {
    let now: Caller | undefined;
    try {
      now = await this.authenticator.again(sockets[0]!.caller!);
    } catch {
      for (const socket of sockets) {
        if (performance.now() - socket.checkedAt > UNCHECKED_MS) socket.close(1013, 'rights cannot be checked');
      }
      return;
    }
    for (const socket of sockets) this.apply(socket, now);
  }

  private apply(socket: LiveSocket, now: Caller | undefined): void {
    if (!now) return socket.close(1008, 'signed out');
    if (!samePermissions(socket.caller!, now)) return socket.close(1008, 'rights have changed');
    if (socket.sight !== this.sight.keyOf(now)) return socket.close(1008, 'rights have changed');
    socket.checkedAt = performance.now();
    const leftMs = now.expiresAt ? now.expiresAt.getTime() - Date.now() : Infinity;
    if (leftMs > WARN_BEFORE_MS || socket.warned) return;
    socket.warned = true;
    socket.send('reauth', { at: now.expiresAt!.toISOString() });
  }
}

const samePermissions = (a: Caller, b: Caller): boolean =>
  a.permissions.length === b.permissions.length && a.permissions.every((permission) => b.permissions.includes(permission));
