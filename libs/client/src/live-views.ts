import type { TaskLive, ViewKind, ViewOfKind } from '@agencyos/contracts';
import type { ServerFrame } from './frames.js';
import { LiveView } from './live-view.js';
import { LiveWindows } from './live-windows.js';
import { TaskProgress } from './task-progress.js';

/** What views need of a connection. */
export interface Channel {
  /** `welcome` comes first after every (re)connection. */
  listen(onFrame: (frame: ServerFrame) => void): void;
  send(event: string, data?: object): void;
}

/** A view stays subscribed this long after its last reader left, so that going back shows it at once. */
const LINGER_MS = 30_000;

/** Views, windows of them and progress of tasks over one connection, which each reconnection resumes where they were. */
export class LiveViews {
  private readonly subscribed = new Map<string, LiveView>();
  private readonly lingering = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly progress: TaskProgress;
  readonly windows: LiveWindows;

  constructor(private readonly channel: Channel) {
    this.progress = new TaskProgress(channel);
    this.windows = new LiveWindows(channel);
    channel.listen((frame) => this.received(frame));
  }

  get views(): Iterable<LiveView> {
    return this.subscribed.values();
  }

  /** One view for all its readers; each releases it. */
  acquire<K extends ViewKind>(kind: K, id: string): LiveView<ViewOfKind<K>> {
    const key = `${kind}/${id}`;
    let view = this.subscribed.get(key);
    if (!view) {
      view = new LiveView(kind, id);
      this.subscribed.set(key, view);
      this.subscribe(view);
    }
    clearTimeout(this.lingering.get(key));
    view.readers += 1;
    return view as unknown as LiveView<ViewOfKind<K>>;
  }

  release(view: Pick<LiveView, 'kind' | 'id' | 'readers'>): void {
    view.readers -= 1;
    const key = `${view.kind}/${view.id}`;
    // One of a session before may have a successor.
    if (view.readers > 0 || this.subscribed.get(key) !== view) return;
    clearTimeout(this.lingering.get(key));
    const leave = setTimeout(() => {
      if (view.readers > 0) return;
      this.subscribed.delete(key);
      this.lingering.delete(key);
      this.channel.send('unsubscribe', { kind: view.kind, id: view.id });
    }, LINGER_MS);
    this.lingering.set(key, leave);
  }

  /** Asks for what it lacks; all of it where nothing is here. */
  subscribe(view: Pick<LiveView, 'kind' | 'id' | 'cursor'>): void {
    this.channel.send('subscribe', { kind: view.kind, id: view.id, ...view.cursor });
  }

  /** Called with the last progress per task of a run after each change; some may be missed. @returns ends it */
  follow(runId: string, seen: (all: ReadonlyMap<string, TaskLive>) => void): () => void {
    return this.progress.follow(runId, seen);
  }

  /** Nothing of the last user's data outlives the session. */
  forget(): void {
    for (const timer of this.lingering.values()) clearTimeout(timer);
    this.lingering.clear();
    this.subscribed.clear();
    this.windows.forget();
    this.progress.forget();
  }

  private received(frame: ServerFrame): void {
    switch (frame.event) {
      case 'welcome':
        for (const view of this.subscribed.values()) this.subscribe(view);
        this.windows.resume();
        this.progress.resume();
        break;
      case 'snapshot':
        this.find(frame.data)?.replace(frame.data);
        break;
      case 'delta': {
        const view = this.find(frame.data);
        if (view?.apply(frame.data) === 'gap') this.subscribe(view);
        break;
      }
      case 'window':
      case 'window_delta':
        this.windows.received(frame);
        break;
      case 'resync_required':
        // The snapshot follows by itself.
        break;
      case 'error':
        if (!this.windows.failed(frame.data)) this.find(frame.data)?.fail(frame.data.code, frame.data.detail ?? '');
        break;
      case 'live':
        this.progress.received(frame.data.id, frame.data.data);
        break;
      case 'pong':
      case 'reauth':
        // The connection's own matters.
        break;
    }
  }

  private find({ kind, id }: { kind?: string; id?: string }): LiveView | undefined {
    return this.subscribed.get(`${kind}/${id}`);
  }
}
