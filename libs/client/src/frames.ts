import type { TaskLive, ViewDelta } from '@agencyos/contracts';
import type { WindowChange, WindowSnapshot } from './live-window.js';
import type { ViewSnapshot } from './view-rows.js';

/** What the server says over the WebSocket, by event. */
export interface ServerFrames {
  welcome: { user: unknown };
  snapshot: { kind: string; id: string } & ViewSnapshot;
  delta: ViewDelta & Pick<ViewSnapshot, 'more'>;
  window: { window: string; kind: string; id: string } & WindowSnapshot;
  window_delta: { window: string } & WindowChange;
  live: { kind: string; id: string; data: TaskLive };
  resync_required: { kind: string; id: string };
  error: { code: string; kind?: string; id?: string; window?: string; detail?: string };
  pong: unknown;
  /** The session ends soon; when it has, no ticket is given any more. */
  reauth: { at: string };
}

export type ServerFrame = {
  [E in keyof ServerFrames]: { event: E; data: ServerFrames[E] };
}[keyof ServerFrames];

/** A frame of the protocol, or undefined for anything else: a newer server may say more than its client knows. */
export function parseFrame(text: string): ServerFrame | undefined {
  try {
    const frame: unknown = JSON.parse(text);
    if (typeof frame !== 'object' || frame === null || !('event' in frame)) return undefined;
    return { data: {}, ...frame } as ServerFrame;
  } catch {
    return undefined;
  }
}
