import {
  DestroyRef,
  Injectable,
  computed,
  effect,
  inject,
  signal,
  untracked,
  type Signal,
  type WritableSignal,
} from '@angular/core';
import {
  LiveViews,
  type AskedOf,
  type LiveView as Rows,
  type LiveWindow,
  type ViewSnapshot,
} from '@agencyos/client';
import type { TaskLive, ViewKind, ViewOfKind } from '@agencyos/contracts';
import { Api } from '../session/api';
import { PageConnection } from './connection';
import { LiveView } from './live-view';

/** What pages are made of, and not only their details. */
const READ_AHEAD = new Set(['boards', 'board', 'run', 'approval']);

type Progress = ReadonlyMap<string, TaskLive>;

/** Views and progress of tasks over the one connection, as signals. */
@Injectable({ providedIn: 'root' })
export class LiveClient {
  private readonly api = inject(Api);
  private readonly connection = inject(PageConnection);
  private readonly live = new LiveViews(this.connection);
  private readonly shown = new WeakMap<Rows, LiveView>();
  private readonly runs = new Map<
    string,
    { progress: WritableSignal<Progress>; readers: number; end?: () => void }
  >();
  /** Counts readers: of views that lack facts those are asked for that have any. */
  private readonly looked = signal(0);

  constructor() {
    inject(DestroyRef).onDestroy(() => this.forget());
  }

  acquire<K extends ViewKind>(kind: K, id: string): LiveView<ViewOfKind<K>> {
    const rows = this.live.acquire(kind, id) as unknown as Rows;
    let view = this.shown.get(rows);
    if (!view) {
      view = new LiveView(rows);
      this.shown.set(rows, view);
      view.ahead = this.readAhead(rows);
    }
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

  release({ rows }: { rows: Pick<Rows, 'kind' | 'id' | 'readers'> }): void {
    this.live.release(rows);
    this.looked.update((n) => n + 1);
  }

  /** Rows of a view that fit, as many as are looked at; see `liveWindow`. */
  window<K extends ViewKind>(kind: K, id: string, asked: AskedOf<ViewOfKind<K>>): LiveWindow<ViewOfKind<K>> {
    return this.live.windows.open(kind, id, asked);
  }

  lookElsewhere<K extends ViewKind>(window: LiveWindow<ViewOfKind<K>>, asked: AskedOf<ViewOfKind<K>>): void {
    this.live.windows.ask(window, asked);
  }

  closeWindow(window: { name: string }): void {
    this.live.windows.close(window);
  }

  /** Last progress per task of a run; asks for the frames as long as somebody follows. */
  follow(runId: string): Signal<Progress> {
    let run = this.runs.get(runId);
    if (!run) this.runs.set(runId, (run = { progress: signal<Progress>(new Map()), readers: 0 }));
    const { progress } = run;
    if (++run.readers === 1) run.end = this.live.follow(runId, (all) => progress.set(all));
    return progress;
  }

  unfollow(runId: string): void {
    const run = this.runs.get(runId);
    if (run && --run.readers === 0) run.end?.();
  }

  /** Views that somebody looks at and that lack facts. */
  readonly incomplete = computed(() => {
    this.looked();
    const views = [...this.live.views].filter(({ readers }) => readers > 0);
    return views.map((rows) => this.shown.get(rows)!).filter((view) => view.incompleteSince() !== undefined);
  });

  /** Nothing of the last user's data outlives the session. */
  forget(): void {
    this.live.forget();
    this.runs.clear();
  }

  /** The first connection takes some round trips to come to life: meanwhile the page shows what it can read. */
  private async readAhead(view: Rows): Promise<void> {
    if (!READ_AHEAD.has(view.kind) || this.connection.status().state !== 'connecting') return;
    try {
      const snapshot = await this.api.get<ViewSnapshot>(`/api/v1/views/${view.kind}/${view.id}`);
      if (view.status === 'loading') view.replace(snapshot);
    } catch {
      // The connection says what is wrong.
    }
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
