import { reconnectDelay } from './backoff.js';
import { parseFrame, type ServerFrame } from './frames.js';
import { Listeners } from './listeners.js';
import { PacedSender } from './paced-sender.js';
import { isProblem } from './problem-error.js';

export interface ConnectionStatus {
  state: 'idle' | 'connecting' | 'live' | 'retrying';
  /** Reconnection attempts since it was last live. */
  attempt: number;
  /** When the present state began, ms; while retrying, when the connection was lost. */
  since: number;
}

export interface ConnectionOptions {
  /** The gateway's address, as for its REST interface. */
  url: string;
  /** Admits one WebSocket: `Gateway.ticket`. The signal says that it is not wanted any more. */
  ticket(signal: AbortSignal): Promise<string>;
  /** How long to wait before an attempt, ms: the first is 1. */
  delay?(attempt: number): number;
  /** Whether a ticket that was not given never will be. Without it: when nobody is signed in. */
  isFinal?(error: unknown): boolean;
  /** Takes the place of the platform's. */
  WebSocket?: typeof WebSocket;
}

const OPEN = 1;

/** Silence after which the socket is held for dead, ms. The server answers every ping at once. */
const SILENCE_MS = 20_000;
const PING_MS = 8_000;

const signedOut = (error: unknown): boolean => isProblem(error) && error.status === 401;

/** One WebSocket: ticket, hello, frames; comes back by itself. */
export class Connection {
  status: ConnectionStatus = { state: 'idle', attempt: 0, since: Date.now() };
  /** Round trip of the last ping, ms. */
  latency: number | undefined;
  /** Told after each change of `status`. */
  readonly statuses = new Listeners<ConnectionStatus>();
  /** Told after each change of `latency`. */
  readonly latencies = new Listeners<number | undefined>();
  /** Told why it has ended by itself. */
  readonly refusals = new Listeners<unknown>();

  private readonly frames = new Listeners<ServerFrame>();
  private readonly sender = new PacedSender((text) => this.pass(text));
  private socket?: WebSocket | undefined;
  private timer?: ReturnType<typeof setTimeout>;
  private pulse?: ReturnType<typeof setInterval>;
  private heardAt = 0;
  private pingedAt = 0;
  private wanted = false;
  private closing = new AbortController();

  constructor(private readonly options: ConnectionOptions) {}

  /** Called once per frame; `welcome` is the first after every (re)connection. */
  listen(onFrame: (frame: ServerFrame) => void): void {
    this.frames.add(onFrame);
  }

  open(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.closing = new AbortController();
    this.set('connecting', 0);
    void this.connect();
  }

  close(): void {
    this.wanted = false;
    this.closing.abort();
    clearTimeout(this.timer);
    this.drop();
    this.set('idle', 0);
  }

  /** Waits no longer for the next attempt. */
  retryNow(): void {
    if (!this.wanted || this.status.state !== 'retrying' || this.socket) return;
    clearTimeout(this.timer);
    void this.connect();
  }

  /** Says it as soon as the server listens, or not at all when the connection breaks before. */
  send(event: string, data: object = {}): void {
    if (this.socket?.readyState === OPEN) this.sender.send(JSON.stringify({ event, data }));
  }

  private pass(text: string): void {
    if (this.socket?.readyState === OPEN) this.socket.send(text);
  }

  private async connect(): Promise<void> {
    const { signal } = this.closing;
    try {
      const ticket = await this.options.ticket(signal);
      if (signal.aborted || this.socket) return;
      const { url, WebSocket: Socket = WebSocket } = this.options;
      const socket = new Socket(`${url.replace(/^http/, 'ws')}/api/v1/live`);
      this.socket = socket;
      this.heardAt = Date.now();
      this.pulse = setInterval(() => this.beat(), PING_MS);
      socket.onopen = () => socket.send(JSON.stringify({ event: 'hello', data: { ticket } }));
      socket.onmessage = ({ data }) => this.received(String(data));
      socket.onclose = () => this.lost(socket);
    } catch (error) {
      if (signal.aborted) return;
      if (!(this.options.isFinal ?? signedOut)(error)) return this.retryLater();
      this.close();
      this.refusals.tell(error);
    }
  }

  private received(text: string): void {
    this.heardAt = Date.now();
    const frame = parseFrame(text);
    if (!frame) return;
    if (frame.event === 'welcome') this.welcomed();
    if (frame.event === 'pong') this.measured(Math.max(1, Math.round(performance.now() - this.pingedAt)));
    this.frames.tell(frame);
  }

  private welcomed(): void {
    this.set('live', 0);
    this.ping();
  }

  private beat(): void {
    if (Date.now() - this.heardAt > SILENCE_MS) this.drop();
    else if (this.status.state === 'live') this.ping();
  }

  private ping(): void {
    this.pingedAt = performance.now();
    // Past the queue: it measures the way, not the wait.
    this.pass(JSON.stringify({ event: 'ping', data: {} }));
  }

  private drop(): void {
    const { socket } = this;
    if (!socket) return;
    socket.close();
    this.lost(socket);
  }

  private lost(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    this.sender.stop();
    clearInterval(this.pulse);
    this.measured(undefined);
    if (this.wanted) this.retryLater();
  }

  private retryLater(): void {
    const { state, attempt, since } = this.status;
    const next = attempt + 1;
    this.tell({ state: 'retrying', attempt: next, since: state === 'retrying' ? since : Date.now() });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.connect(), (this.options.delay ?? reconnectDelay)(next));
  }

  private set(state: ConnectionStatus['state'], attempt: number): void {
    this.tell({ state, attempt, since: Date.now() });
  }

  private tell(status: ConnectionStatus): void {
    this.status = status;
    this.statuses.tell(status);
  }

  private measured(latency: number | undefined): void {
    this.latency = latency;
    this.latencies.tell(latency);
  }
}
