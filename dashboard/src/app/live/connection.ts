import { Injectable, inject, signal } from '@angular/core';
import { Api, isProblem } from '../session/api';
import { reconnectDelay } from './backoff';
import { parseFrame, type ServerFrame } from './frames';
import { PacedSender } from './paced-sender';

export interface ConnectionStatus {
  state: 'idle' | 'connecting' | 'live' | 'retrying';
  /** Reconnection attempts since it was last live. */
  attempt: number;
  /** When the present state began; while retrying, when the connection was lost. */
  since: number;
}

/** Silence after which the socket is held for dead, ms. The server answers every ping at once. */
const SILENCE_MS = 20_000;
const PING_MS = 8_000;

/** One WebSocket: ticket, hello, frames; comes back by itself with full jitter. */
@Injectable({ providedIn: 'root' })
export class Connection {
  private readonly api = inject(Api);
  private readonly statusSignal = signal<ConnectionStatus>({ state: 'idle', attempt: 0, since: Date.now() });
  private readonly refusedSignal = signal(false);
  private readonly latencySignal = signal<number | undefined>(undefined);
  readonly status = this.statusSignal.asReadonly();
  /** The session is over: no ticket was given. */
  readonly refused = this.refusedSignal.asReadonly();
  /** Round trip of the last ping, ms. */
  readonly latency = this.latencySignal.asReadonly();

  private socket?: WebSocket;
  private readonly sender = new PacedSender((text) => this.pass(text));
  private timer?: ReturnType<typeof setTimeout>;
  private pulse?: ReturnType<typeof setInterval>;
  private heardAt = 0;
  private pingedAt = 0;
  private wanted = false;
  private onFrame: (frame: ServerFrame) => void = () => undefined;

  constructor() {
    addEventListener('online', () => this.retryNow());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.retryNow();
    });
  }

  /** Called once per frame; `welcome` is the first after every (re)connection. */
  listen(onFrame: (frame: ServerFrame) => void): void {
    this.onFrame = onFrame;
  }

  open(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.refusedSignal.set(false);
    this.set('connecting', 0);
    void this.connect();
  }

  close(): void {
    this.wanted = false;
    clearTimeout(this.timer);
    this.drop();
    this.set('idle', 0);
  }

  retryNow(): void {
    if (!this.wanted || this.statusSignal().state !== 'retrying' || this.socket) return;
    clearTimeout(this.timer);
    void this.connect();
  }

  send(event: string, data: object = {}): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.sender.send(JSON.stringify({ event, data }));
  }

  private pass(text: string): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  private async connect(): Promise<void> {
    try {
      const { ticket } = await this.api.post<{ ticket: string }>('/api/v1/ticket', {});
      if (!this.wanted || this.socket) return;
      const { protocol, host } = location;
      const socket = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/api/v1/live`);
      this.socket = socket;
      socket.onopen = () => socket.send(JSON.stringify({ event: 'hello', data: { ticket } }));
      socket.onmessage = ({ data }) => this.received(String(data));
      socket.onclose = () => this.lost(socket);
    } catch (error) {
      if (isProblem(error) && error.status === 401) {
        this.close();
        this.refusedSignal.set(true);
        return;
      }
      this.retryLater();
    }
  }

  private received(text: string): void {
    this.heardAt = Date.now();
    const frame = parseFrame(text);
    if (!frame) return;
    if (frame.event === 'welcome') this.welcomed();
    if (frame.event === 'pong')
      this.latencySignal.set(Math.max(1, Math.round(performance.now() - this.pingedAt)));
    this.onFrame(frame);
  }

  private welcomed(): void {
    this.set('live', 0);
    clearInterval(this.pulse);
    this.pulse = setInterval(() => this.ping(), PING_MS);
    this.ping();
  }

  private ping(): void {
    if (Date.now() - this.heardAt > SILENCE_MS) return this.drop();
    this.pingedAt = performance.now();
    // Past the queue: it measures the way, not the wait.
    this.pass(JSON.stringify({ event: 'ping', data: {} }));
  }

  private drop(): void {
    const socket = this.socket;
    if (!socket) return;
    socket.close();
    this.lost(socket);
  }

  private lost(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    this.sender.stop();
    clearInterval(this.pulse);
    this.latencySignal.set(undefined);
    if (this.wanted) this.retryLater();
  }

  private retryLater(): void {
    const { state, attempt, since } = this.statusSignal();
    const next = attempt + 1;
    this.statusSignal.set({
      state: 'retrying',
      attempt: next,
      since: state === 'retrying' ? since : Date.now(),
    });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.connect(), reconnectDelay(next));
  }

  private set(state: ConnectionStatus['state'], attempt: number): void {
    this.statusSignal.set({ state, attempt, since: Date.now() });
  }
}
