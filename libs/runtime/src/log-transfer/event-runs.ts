import { LIMITS } from '@agencyos/contracts';
import { pause } from '../background.js';
import {
  type Append,
  type AppendResult,
  type CommandRecord,
  type EventStore,
  InvalidAppend,
  type NewEvent,
  StoreRefused,
} from '../event-store/event-store.js';
import type { EventLine } from './transfer-line.js';

const RUN_BYTES = 768 * 1024;
/** Answers are kept for so long. */
const ANSWERS_MS = 24 * 3_600_000;
const TRIES = 100;

/**
 * Appends events one after another, those of one stream that follow each other together, and knows afterwards which
 * position of the old log is which of the new one. One append at a time: their order is the log's.
 */
export class EventRuns {
  private run: EventLine[] = [];
  private bytes = 0;
  /** Last event: where it stood, and where it stands. */
  private before = { from: 0n, to: 0n };
  private readonly translated = new Map<bigint, bigint>();
  private readonly open: bigint[];

  /** @param wanted positions of the old log that will be asked for */
  constructor(
    private readonly store: EventStore,
    wanted: ReadonlySet<bigint>,
  ) {
    this.open = [...wanted].sort((a, b) => (a < b ? -1 : 1));
  }

  /** The event is there already. */
  skip(line: EventLine, position: bigint): void {
    this.pass(BigInt(line.position));
    this.before = { from: BigInt(line.position), to: position };
  }

  async add(line: EventLine): Promise<void> {
    const size = Buffer.byteLength(JSON.stringify(line));
    const last = this.run.at(-1);
    const position = BigInt(line.position);
    const belongs =
      last?.stream === line.stream &&
      this.run.length < LIMITS.eventsPerAppend &&
      this.bytes + size <= RUN_BYTES &&
      // Where a position is asked for, the new one of exactly that event must be known.
      !(this.open[0] !== undefined && this.open[0] < position);
    if (!belongs) await this.flush(line);
    this.pass(position);
    this.run.push(line);
    this.bytes += size;
  }

  /** @param next what follows: a command that goes on there is not finished yet, so not known yet */
  async flush(next?: EventLine): Promise<void> {
    const last = this.run.at(-1);
    if (!last) return;
    const goesOn = next?.stream === last.stream ? next.metadata.commandId : undefined;
    const result = await this.append(appendOf(this.run, goesOn));
    if (result.status === 'conflict')
      throw new Error(`${last.stream} is at revision ${result.revision}: somebody writes into the log`);
    const to = result.status === 'appended' ? result.position : await this.positionOf(last);
    this.before = { from: BigInt(last.position), to };
    this.run = [];
    this.bytes = 0;
  }

  /** The new position of the event that stood there, or of the last one before. */
  translate(position: bigint): bigint {
    if (position >= this.before.from) return this.before.to;
    const found = this.translated.get(position);
    if (found === undefined) throw new Error(`position ${position} was not asked for`);
    return found;
  }

  /** The next event stands at this position: what lies before it is settled. */
  private pass(position: bigint): void {
    while (this.open[0] !== undefined && this.open[0] < position) {
      this.translated.set(this.open.shift()!, this.before.to);
    }
  }

  /** Repeated unchanged while the outcome is unknown. */
  private async append(append: Append): Promise<AppendResult> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.store.append(append);
      } catch (error) {
        if (error instanceof InvalidAppend || error instanceof StoreRefused || tries === TRIES) throw error;
        await pause(Math.min(50 * tries, 1_000));
      }
    }
  }

  private async positionOf({ stream, revision }: EventLine): Promise<bigint> {
    for await (const { position } of this.store.read(stream, revision)) return position;
    throw new Error(`${stream}@${revision} was not appended`);
  }
}

function appendOf(run: readonly EventLine[], unfinished: string | undefined): Append {
  const first = run[0]!;
  const commands = new Map<string, CommandRecord>();
  for (const { metadata, revision } of run) {
    const { commandId, actor: principal, commandDigest: digest, recordedAt } = metadata;
    if (commandId === unfinished || Date.parse(recordedAt) + ANSWERS_MS < Date.now()) continue;
    commands.set(commandId, { commandId, principal, digest, revision });
  }
  return {
    stream: first.stream,
    expectedRevision: first.revision - 1,
    events: run.map(({ id, type, schema, data, metadata }) => ({ id, type, schema, data, metadata }) as NewEvent),
    commands: [...commands.values()],
  };
}
