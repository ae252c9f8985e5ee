import type { AppendResult as ClientResult, KurrentDBClient } from '@kurrent/kurrentdb-client';
import { KurrentConnection } from './connection.js';
import { within } from '../../within.js';

type Events = Parameters<KurrentDBClient['appendToStream']>[1];
export type ExpectedState = 'no_stream' | bigint;

/**
 * A client has one stream for all its appends. What does not fit into that stream's buffer of 16 waits in a
 * queue, and when the connection breaks then, each waiting append is a rejection that nobody handles: it would
 * end the process. So no client is given more than fit.
 */
const APPENDS_PER_CLIENT = 15;
const CLIENTS = 8;

interface Writer {
  connection: KurrentConnection;
  inFlight: number;
}

/** Appends through as many clients as are needed; beyond that they wait here. */
export class AppendConnections {
  private readonly writers: Writer[] = [];
  private readonly waiting: Array<(writer: Writer) => void> = [];

  constructor(
    private readonly url: string,
    /** How long the server may take for one append. */
    private readonly deadlineMs: number,
    /** Whoever waits for an answer then waits no longer. */
    private readonly closing: AbortSignal,
  ) {}

  /** One append. Fails as the client fails, or with {@link TookTooLong}: without a deadline it could hang. */
  async append(stream: string, events: Events, streamState: ExpectedState): Promise<ClientResult> {
    const writer = this.free() ?? (await new Promise<Writer>((resolve) => this.waiting.push(resolve)));
    const { client } = writer.connection;
    try {
      const options = { streamState, deadline: this.deadlineMs, requiresLeader: true };
      const appending = client.appendToStream(stream, events, options);
      return await within(this.deadlineMs + 500, `the append to ${stream}`, appending, this.closing);
    } catch (error) {
      if (!(error instanceof Error && 'actualState' in error)) writer.connection.failed(client);
      throw error;
    } finally {
      this.release(writer);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.writers.map(({ connection }) => connection.close()));
  }

  private free(): Writer | undefined {
    const writer = this.writers.find(({ inFlight }) => inFlight < APPENDS_PER_CLIENT) ?? this.add();
    if (writer) writer.inFlight++;
    return writer;
  }

  private add(): Writer | undefined {
    if (this.writers.length === CLIENTS) return undefined;
    const writer = { connection: new KurrentConnection(this.url), inFlight: 0 };
    this.writers.push(writer);
    return writer;
  }

  private release(writer: Writer): void {
    const next = this.waiting.shift();
    if (next) next(writer);
    else writer.inFlight--;
  }
}
