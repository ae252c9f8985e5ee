import { agentSender, cutText, dataFault, LIMITS, nestedDeeperThan, subjects, TaskLive, type TaskRow } from '@agencyos/contracts';
import { Bus, pause, SenderShare } from '@agencyos/runtime';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ViewFeed } from '../views/view-feed.js';
import { frameOf, type LiveSocket } from './live-socket.js';

const LINE_CHARACTERS = 2_000;
/** Of a message as it comes: a longest line with every character escaped, and some more. */
const MESSAGE_BYTES = 32 * 1024;

/** A worker may be heard before the view knows of its lease. */
const KNOWN_WITHIN_MS = 1_000;
const LOOK_EVERY_MS = 50;
/** Messages of one sender that wait for the view; more than that come from somebody who holds none of these tasks. */
const MOST_WAITING = 200;

/**
 * Passes on what workers say about running tasks. Nothing is kept; a slow socket misses some. An agent is heard of the
 * attempts that it holds: who speaks stands in the subject, which its credential binds, and who holds what in the run's view.
 */
@Injectable()
export class TaskProgress implements OnApplicationBootstrap {
  private readonly listeners = new Map<string, Set<LiveSocket>>();
  /** By sender: nobody's messages about tasks of others keep those of their holders out. */
  private readonly waiting = new Map<string, number>();
  private readonly share = new SenderShare();

  constructor(
    private readonly bus: Bus,
    private readonly views: ViewFeed,
  ) {}

  onApplicationBootstrap(): void {
    this.bus.subscribe(subjects.taskLive('*', '*'), ({ subject, data: bytes }) => {
      const [id = '', sender = ''] = subject.split('.').slice(-2);
      if (!this.listeners.has(id) || !this.share.take(sender, bytes.byteLength, performance.now())) return;
      const data = read(bytes);
      if (data) void this.pass(id, sender, data);
    });
  }

  private async pass(id: string, sender: string, data: TaskLive): Promise<void> {
    if (!(await this.isHolder(id, sender, data))) return;
    const frame = frameOf('live', { kind: 'task', id, data });
    for (const socket of this.listeners.get(id) ?? []) if (!socket.busy) socket.sendFrame(frame);
  }

  private async isHolder(runId: string, sender: string, { taskId, attempt, holder }: TaskLive): Promise<boolean> {
    if (!holder.startsWith('agent:') || agentSender(holder.slice('agent:'.length)) !== sender) return false;
    const waiting = this.waiting.get(sender) ?? 0;
    if (waiting >= MOST_WAITING) return false;
    this.waiting.set(sender, waiting + 1);
    try {
      const until = performance.now() + KNOWN_WITHIN_MS;
      for (;;) {
        const row = (await this.views.cache.get('run', runId)).rows.get(`task/${taskId}`) as TaskRow | undefined;
        const known = row?.attempts.find((one) => one.attempt === attempt);
        if (known || performance.now() > until) return known?.holder === holder;
        await pause(LOOK_EVERY_MS);
      }
    } catch {
      return false; // nobody can say whose it is right now
    } finally {
      const left = this.waiting.get(sender)! - 1;
      if (left > 0) this.waiting.set(sender, left);
      else this.waiting.delete(sender);
    }
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
