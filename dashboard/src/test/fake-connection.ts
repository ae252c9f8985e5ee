import { signal } from '@angular/core';
import type { ServerFrame } from '@agencyos/client';

/** Stands where the WebSocket is: records what is sent, plays what the server says. */
export class FakeConnection {
  readonly status = signal({ state: 'live', attempt: 0, since: 0 });
  readonly refused = signal(false);
  readonly latency = signal<number | undefined>(undefined);
  readonly sent: { event: string; data: object }[] = [];
  private onFrame: (frame: ServerFrame) => void = () => undefined;

  listen(onFrame: (frame: ServerFrame) => void): void {
    this.onFrame = onFrame;
  }

  open(): void {
    this.status.set({ state: 'live', attempt: 0, since: 0 });
  }

  close(): void {
    this.status.set({ state: 'idle', attempt: 0, since: 0 });
  }

  send(event: string, data: object = {}): void {
    this.sent.push({ event, data });
  }

  says<E extends ServerFrame['event']>(event: E, data: Extract<ServerFrame, { event: E }>['data']): void {
    this.onFrame({ event, data } as ServerFrame);
  }

  /** A whole view, as the answer to a subscription. */
  shows(kind: string, id: string, rows: Record<string, unknown>, revision = 1): void {
    this.says('snapshot', { kind, id, epoch: 'e1', revision, rows });
  }
}
