import { Injectable, inject, signal } from '@angular/core';
import { Connection, type ConnectionStatus, type ServerFrame } from '@agencyos/client';
import { Api } from '../session/api';

/** The page's one connection, as signals; it tries again as soon as the page is online or looked at. */
@Injectable({ providedIn: 'root' })
export class PageConnection {
  private readonly api = inject(Api);
  private readonly line = new Connection({
    url: location.origin,
    ticket: (signal) => this.api.ticket(signal),
  });
  private readonly statusSignal = signal<ConnectionStatus>(this.line.status);
  private readonly refusedSignal = signal(false);
  private readonly latencySignal = signal<number | undefined>(undefined);
  readonly status = this.statusSignal.asReadonly();
  /** The session is over: no ticket was given. */
  readonly refused = this.refusedSignal.asReadonly();
  /** Round trip of the last ping, ms. */
  readonly latency = this.latencySignal.asReadonly();

  constructor() {
    this.line.statuses.add((status) => this.statusSignal.set(status));
    this.line.latencies.add((latency) => this.latencySignal.set(latency));
    this.line.refusals.add(() => this.refusedSignal.set(true));
    addEventListener('online', () => this.line.retryNow());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.line.retryNow();
    });
  }

  /** Called once per frame; `welcome` is the first after every (re)connection. */
  listen(onFrame: (frame: ServerFrame) => void): void {
    this.line.listen(onFrame);
  }

  open(): void {
    this.refusedSignal.set(false);
    this.line.open();
  }

  close(): void {
    this.line.close();
  }

  retryNow(): void {
    this.line.retryNow();
  }

  send(event: string, data: object = {}): void {
    this.line.send(event, data);
  }
}
