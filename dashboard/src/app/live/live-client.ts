import {
  DestroyRef,
  Injectable,
  computed,
  effect,
  inject,
  signal,
  untracked,
  type Signal,
} from '@angular/core';
import type { TaskLive, ViewKind, ViewOfKind } from '@agencyos/contracts';
import { Api } from '../session/api';
import { Connection } from './connection';
import type { ServerFrame } from './frames';
import { LiveView } from './live-view';
import type { Snapshot } from './view-rows';

/** A view stays subscribed this long after its last reader left, so that going back shows it at once. */
const LINGER_MS = 30_000;

/** What pages are made of, and not only their details. */
const READ_AHEAD = new Set(['boards', 'board', 'run', 'approval']);

/** Views and progress of tasks over the one connection. */
@Injectable({ providedIn: 'root' })
export class LiveClient {
  private readonly api = inject(Api);
  private readonly connection = inject(Connection);
  private readonly views = new Map<string, LiveView>();
  private readonly runs = new Map<string, number>();
  private readonly lingering = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly progressByRun = new Map<
    string,
    ReturnType<typeof signal<ReadonlyMap<string, TaskLive>>>
  >();
  /** Counts snapshots and readers: of views that lack facts both are asked. */
  private readonly looked = signal(0);

  constructor() {
    this.connection.listen((frame) => this.received(frame));
    inject(DestroyRef).onDestroy(() => this.forget());
  }

  acquire<K extends ViewKind>(kind: K, id: string): LiveView<ViewOfKind<K>> {
    const key = `${kind}/${id}`;
    let view = this.views.get(key);
    if (!view) {
      view = new LiveView(kind, id);
      this.views.set(key, view);
      this.subscribe(view);
      view.ahead = this.readAhead(view);
    }
    clearTimeout(this.lingering.get(key));
    view.readers += 1;
    this.looked.update((n) => n + 1);
    return view as unknown as LiveView<ViewOfKind<K>>;
  }

  /** A view as it is once all that can be read of it ahead of the connection is there. */
  async look<K extends ViewKind>(kind: K, id: string): Promise<LiveView<ViewOfKind<K>>> {
    const view = this.acquire(kind, id);
    await view.ahead;
    this.release(view);
    return view;
  }

  release(view: Pick<LiveView, 'kind' | 'id' | 'readers'>): void {
    view.readers -= 1;
    this.looked.update((n) => n + 1);
    if (view.readers > 0) return;
    const key = `${view.kind}/${view.id}`;
    clearTimeout(this.lingering.get(key));
    const leave = setTimeout(() => {
      if (view.readers > 0) return;
      this.views.delete(key);
      this.lingering.delete(key);
      this.connection.send('unsubscribe', { kind: view.kind, id: view.id });
    }, LINGER_MS);
    this.lingering.set(key, leave);
  }

  /** Last progress per task of a run; asks for the frames as long as somebody follows. */
  follow(runId: string): Signal<ReadonlyMap<string, TaskLive>> {
    const followers = (this.runs.get(runId) ?? 0) + 1;
    this.runs.set(runId, followers);
    if (followers === 1) this.connection.send('live', { kind: 'task', id: runId });
    return this.progressOf(runId);
  }

  unfollow(runId: string): void {
    const left = (this.runs.get(runId) ?? 1) - 1;
    if (left > 0) {
      this.runs.set(runId, left);
      return;
    }
    this.runs.delete(runId);
    this.connection.send('unlive', { kind: 'task', id: runId });
  }

  /** Views that somebody looks at and that lack facts. */
  readonly incomplete = computed(() => {
    this.looked();
    return [...this.views.values()].filter(
      (view) => view.readers > 0 && view.incompleteSince() !== undefined,
    );
  });

  /** Nothing of the last user's data outlives the session. */
  forget(): void {
    for (const timer of this.lingering.values()) clearTimeout(timer);
    this.lingering.clear();
    this.views.clear();
    this.runs.clear();
    this.progressByRun.clear();
  }

  private progressOf(runId: string) {
    let progress = this.progressByRun.get(runId);
    if (!progress) {
      progress = signal<ReadonlyMap<string, TaskLive>>(new Map());
      this.progressByRun.set(runId, progress);
    }
    return progress;
  }

  private subscribe(view: LiveView): void {
    this.connection.send('subscribe', { kind: view.kind, id: view.id, ...view.cursor });
  }

  /** The first connection takes some round trips to come to life: meanwhile the page shows what it can read. */
  private async readAhead(view: LiveView): Promise<void> {
    if (!READ_AHEAD.has(view.kind) || this.connection.status().state !== 'connecting') return;
    try {
      const snapshot = await this.api.get<Snapshot>(`/api/v1/views/${view.kind}/${view.id}`);
      if (view.status() === 'loading') this.show(view, snapshot);
    } catch {
      // The connection says what is wrong.
    }
  }

  private show(view: LiveView, snapshot: Snapshot): void {
    view.replace(snapshot);
    this.looked.update((n) => n + 1);
  }

  private received(frame: ServerFrame): void {
    switch (frame.event) {
      case 'welcome':
        for (const view of this.views.values()) this.subscribe(view);
        for (const runId of this.runs.keys()) this.connection.send('live', { kind: 'task', id: runId });
        break;
      case 'snapshot': {
        const view = this.find(frame.data);
        if (view) this.show(view, frame.data);
        break;
      }
      case 'delta': {
        const view = this.find(frame.data);
        if (view && view.apply(frame.data) === 'gap') this.subscribe(view);
        break;
      }
      case 'resync_required':
        // The snapshot follows by itself.
        break;
      case 'error':
        this.find(frame.data)?.fail(frame.data.code, frame.data.detail ?? '');
        break;
      case 'live':
        this.progressed(frame.data.id, frame.data.data);
        break;
      case 'pong':
      case 'reauth':
        // The connection's own matters.
        break;
    }
  }

  private progressed(runId: string, progress: TaskLive): void {
    const last = this.progressOf(runId);
    const known = last().get(progress.taskId);
    const line = progress.line ?? (known?.attempt === progress.attempt ? known.line : undefined);
    last.update((all) =>
      new Map(all).set(progress.taskId, { ...progress, ...(line !== undefined && { line }) }),
    );
  }

  private find({ kind, id }: { kind?: string; id?: string }): LiveView | undefined {
    return this.views.get(`${kind}/${id}`);
  }
}

/**
 * The view of the present `id` for the life of the calling component or store; nothing while `id` is undefined.
 * Must be called in an injection context.
 */
export function liveView<K extends ViewKind>(
  kind: K,
  id: Signal<string | undefined> | string,
): Signal<LiveView<ViewOfKind<K>> | undefined> {
  const client = inject(LiveClient);
  const wanted = typeof id === 'string' ? signal(id) : id;
  const held = signal<LiveView<ViewOfKind<K>> | undefined>(undefined);
  const release = () => {
    const view = untracked(held);
    if (view) client.release(view);
  };
  effect(() => {
    const next = wanted();
    untracked(() => {
      if (held()?.id === next) return;
      release();
      held.set(next === undefined ? undefined : client.acquire(kind, next));
    });
  });
  inject(DestroyRef).onDestroy(release);
  return held.asReadonly();
}

/** Views of several ids at once, e.g. the badges of every run on a board. Must be called in an injection context. */
export function liveViews<K extends ViewKind>(
  kind: K,
  ids: Signal<readonly string[]>,
): Signal<ReadonlyMap<string, LiveView<ViewOfKind<K>>>> {
  const client = inject(LiveClient);
  const held = signal<ReadonlyMap<string, LiveView<ViewOfKind<K>>>>(new Map());
  effect(() => {
    const wanted = new Set(ids());
    untracked(() => {
      const before = held();
      if (wanted.size === before.size && [...wanted].every((id) => before.has(id))) return;
      for (const [id, view] of before) if (!wanted.has(id)) client.release(view);
      held.set(new Map([...wanted].map((id) => [id, before.get(id) ?? client.acquire(kind, id)])));
    });
  });
  inject(DestroyRef).onDestroy(() => untracked(held).forEach((view) => client.release(view)));
  return held.asReadonly();
}

/** Progress of the tasks of several runs. Must be called in an injection context. */
export function liveProgress(
  runIds: Signal<readonly string[]>,
): (runId: string, taskId: string) => TaskLive | undefined {
  const client = inject(LiveClient);
  const followed = signal<ReadonlyMap<string, Signal<ReadonlyMap<string, TaskLive>>>>(new Map());
  effect(() => {
    const wanted = new Set(runIds());
    untracked(() => {
      const before = followed();
      if (wanted.size === before.size && [...wanted].every((id) => before.has(id))) return;
      for (const runId of before.keys()) if (!wanted.has(runId)) client.unfollow(runId);
      followed.set(new Map([...wanted].map((id) => [id, before.get(id) ?? client.follow(id)])));
    });
  });
  inject(DestroyRef).onDestroy(() => untracked(followed).forEach((_, runId) => client.unfollow(runId)));
  return (runId, taskId) => followed().get(runId)?.().get(taskId);
}
