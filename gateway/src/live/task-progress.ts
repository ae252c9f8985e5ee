import { subjects } from '@agencyos/contracts';
import { Bus } from '@agencyos/runtime';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { LiveSocket } from './live-socket.js';

/** Passes on what workers say about running tasks. Nothing is kept; a slow socket misses some. */
@Injectable()
export class TaskProgress implements OnApplicationBootstrap {
  private readonly listeners = new Map<string, Set<LiveSocket>>();

  constructor(private readonly bus: Bus) {}

  onApplicationBootstrap(): void {
    this.bus.subscribe(subjects.live('task', '*'), (message) => {
      const id = message.subject.split('.').at(-1)!;
      const sockets = this.listeners.get(id);
      if (!sockets) return;
      const text = JSON.stringify({ event: 'live', data: { kind: 'task', id, data: message.json() } });
      for (const socket of sockets) if (!socket.busy) socket.sendText(text);
    });
  }

  /** @returns function that ends the listening */
  listen(runId: string, socket: LiveSocket): () => void {
    const sockets = this.listeners.get(runId) ?? new Set();
    this.listeners.set(runId, sockets.add(socket));
    return () => {
      sockets.delete(socket);
      if (sockets.size === 0 && this.listeners.get(runId) === sockets) this.listeners.delete(runId);
    };
  }
}
