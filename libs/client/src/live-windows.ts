import type { ViewKind, ViewOfKind } from '@agencyos/contracts';
import type { ServerFrame } from './frames.js';
import type { Channel } from './live-views.js';
import { LiveWindow, type Asked, type AskedOf } from './live-window.js';

const BUSY_MS = 2_000;

/** Windows over one connection, which each reconnection resumes where they were. */
export class LiveWindows {
  private readonly windows = new Map<string, LiveWindow>();
  private opened = 0;

  constructor(private readonly channel: Channel) {}

  get all(): Iterable<LiveWindow> {
    return this.windows.values();
  }

  open<K extends ViewKind>(kind: K, id: string, asked: AskedOf<ViewOfKind<K>>): LiveWindow<ViewOfKind<K>> {
    const window = new LiveWindow(kind, id, asked as Asked);
    this.begin(window);
    return window as unknown as LiveWindow<ViewOfKind<K>>;
  }

  /** Looks elsewhere, or at other rows; those of now stay until the new ones are here. */
  ask<K extends ViewKind>(window: LiveWindow<ViewOfKind<K>>, asked: AskedOf<ViewOfKind<K>>): void {
    this.close(window);
    window.asked = asked as Asked;
    window.revision = -1;
    this.begin(window as unknown as LiveWindow);
  }

  close({ name }: { name: string }): void {
    if (this.windows.delete(name)) this.channel.send('unwindow', { window: name });
  }

  /** Nothing of the last user's data outlives the session. */
  forget(): void {
    this.windows.clear();
  }

  resume(): void {
    for (const window of this.windows.values()) this.send(window);
  }

  received(frame: Extract<ServerFrame, { event: 'window' | 'window_delta' }>): void {
    const window = this.windows.get(frame.data.window);
    if (!window) return;
    if (frame.event === 'window') window.replace(frame.data);
    else if (window.apply(frame.data) === 'gap') this.send(window);
  }

  /** @returns false where it is about no window */
  failed({ window: name, code, detail }: { window?: string; code: string; detail?: string }): boolean {
    if (name === undefined) return false;
    const window = this.windows.get(name);
    window?.fail(code, detail ?? '');
    // Where the gateway itself is not ready for it, nothing follows by itself.
    if (window && code === 'busy' && window.revision < 0)
      setTimeout(() => {
        if (this.windows.get(name) === window && window.revision < 0) this.send(window);
      }, BUSY_MS);
    return true;
  }

  private begin(window: LiveWindow): void {
    window.name = `w${++this.opened}`;
    this.windows.set(window.name, window);
    this.send(window);
  }

  private send(window: LiveWindow): void {
    this.channel.send('window', { window: window.name, kind: window.kind, id: window.id, ...window.resumed });
  }
}
