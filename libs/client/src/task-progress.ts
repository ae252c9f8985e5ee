import type { TaskLive } from '@agencyos/contracts';
import type { Channel } from './live-views.js';

type Progress = ReadonlyMap<string, TaskLive>;
type Seen = (all: Progress) => void;

/** Signs of life and log lines of tasks, by run; nothing of them is kept or repeated by the server. */
export class TaskProgress {
  private readonly followers = new Map<string, Set<Seen>>();
  private readonly last = new Map<string, Progress>();

  constructor(private readonly channel: Pick<Channel, 'send'>) {}

  follow(runId: string, seen: Seen): () => void {
    const own: Seen = (all) => seen(all);
    const followers = this.followers.get(runId);
    if (followers) followers.add(own);
    else {
      this.followers.set(runId, new Set([own]));
      this.ask(runId);
    }
    return () => this.unfollow(runId, own);
  }

  resume(): void {
    for (const runId of this.followers.keys()) this.ask(runId);
  }

  received(runId: string, progress: TaskLive): void {
    const before = this.last.get(runId);
    const known = before?.get(progress.taskId);
    const line = progress.line ?? (known?.attempt === progress.attempt ? known.line : undefined);
    const all = new Map(before).set(progress.taskId, { ...progress, ...(line !== undefined && { line }) });
    this.last.set(runId, all);
    for (const seen of this.followers.get(runId) ?? []) seen(all);
  }

  forget(): void {
    this.followers.clear();
    this.last.clear();
  }

  private unfollow(runId: string, seen: Seen): void {
    const followers = this.followers.get(runId);
    if (!followers?.delete(seen) || followers.size > 0) return;
    this.followers.delete(runId);
    this.last.delete(runId);
    this.channel.send('unlive', { kind: 'task', id: runId });
  }

  private ask(runId: string): void {
    this.channel.send('live', { kind: 'task', id: runId });
  }
}
