import { signal } from '@angular/core';
import type { ServerFrame } from '@agencyos/client';
import { comparePlaces, fieldValue, orderOf } from '@agencyos/contracts/window-order';

interface Asked {
  window: string;
  kind: string;
  filter?: Record<string, string[]>;
  text?: string;
  order: string;
  offset?: number;
  limit: number;
}

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

  /** A whole view, as the answer to a subscription and to every window of it that is open. */
  shows(kind: string, id: string, rows: Record<string, unknown>, revision = 1): void {
    this.says('snapshot', { kind, id, epoch: 'e1', revision, rows });
    for (const asked of this.windows()) {
      if (asked.kind !== kind) continue;
      const fits = ([, row]: [string, unknown]) =>
        Object.entries(asked.filter ?? {}).every(([field, values]) =>
          values.includes(fieldValue(row, field)),
        );
      const { field, descending } = orderOf(asked.order);
      const all = Object.entries(rows)
        .filter(fits)
        .map(([key, row]) => ({ key, row, value: fieldValue(row, field) }))
        .sort((a, b) => comparePlaces(a, b, descending));
      const { window, offset = 0, limit } = asked;
      const shown = all.slice(offset, offset + limit).map(({ key, row }) => ({ key, row }));
      const stands = { epoch: 'e1', revision, total: all.length, offset };
      this.says('window', { window, kind, id, ...stands, rows: shown });
    }
  }

  /** Those that were asked for and are not closed. */
  windows(): Asked[] {
    const open = new Map<string, Asked>();
    for (const { event, data } of this.sent as { event: string; data: Asked }[]) {
      if (event === 'window') open.set(data.window, data);
      if (event === 'unwindow') open.delete(data.window);
    }
    return [...open.values()];
  }
}
