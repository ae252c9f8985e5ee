import { cutText, dataFault, nestedDeeperThan, LIMITS, subjects, TaskLive } from '@agencyos/contracts';
import { Bus } from '@agencyos/runtime';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { frameOf, type LiveSocket } from './live-socket.js';

const LINE_CHARACTERS = 2_000;
/** Of a message as it comes: a longest line with every character escaped, and some more. */
const MESSAGE_BYTES = 32 * 1024;

/**
 * Passes on what workers say about running tasks. Nothing is kept; a slow socket misses some. Any agent may speak of any
 * run, so this is hearsay for people: what decides about a task is its lease and its facts.
 */
@Injectable()
export class TaskProgress implements OnApplicationBootstrap {
  private readonly listeners = new Map<string, Set<LiveSocket>>();

  constructor(private readonly bus: Bus) {}

  onApplicationBootstrap(): void {
    this.bus.subscribe(subjects.live('task', '*'), ({ subject, data: bytes }) => {
      const id = subject.split('.').at(-1)!;
      const sockets = this.listeners.get(id);
      const data = sockets && read(bytes);
      if (!data) return;
      const frame = frameOf('live', { kind: 'task', id, data });
      for (const socket of sockets) if (!socket.busy) socket.sendFrame(frame);
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

/** The fields that the contract names, the line cut; undefined for anything else. */
function read(bytes: Uint8Array): TaskLive | undefined {
  if (bytes.byteLength > MESSAGE_BYTES) return undefined;
  let body: unknown;
  try {
    const json = Buffer.from(bytes).toString('utf8');
    body = nestedDeeperThan(json, LIMITS.messageDepth) ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
  const parsed = TaskLive.safeParse(body);
  if (!parsed.success || dataFault(parsed.data)) return undefined;
  const { line, ...rest } = parsed.data;
  return { ...rest, ...(line !== undefined && { line: cutText(line, LINE_CHARACTERS) }) };
}
