import { describeError, pause, Wake } from '../background.js';
import { StreamState } from '../commands/stream-state.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Logger } from '../logger.js';
import type { AnyAggregate } from '../service-definition.js';
import { pack, type Snapshot } from './snapshot.js';
import type { Made, SnapshotRows } from './snapshot-rows.js';
import type { StreamStates } from './stream-states.js';

const PACE = {
  /** So many events are folded at most beside a snapshot; a stream of fewer has none. */
  every: 1_000,
  /** A stream that is written to all the time has one written now and then, of what it is by then. */
  debounceMs: 1_000,
};
/** Streams whose states are held until they are written; others are offered again with their next command. */
const MOST_WAITING = 50;
/** Work that nobody waits for rests after so many events, that commands need not wait for it. */
const EVENTS_AT_ONCE = 200;
const REST_MS = 5;

interface Parts {
  rows: Pick<SnapshotRows, keyof SnapshotRows>;
  states: StreamStates;
  store: Pick<EventStore, 'read'>;
  logger: Pick<Logger, 'warn'>;
}

/** Writes snapshots beside the commands: later, a little at a time, and never to their cost. */
export class SnapshotWriter {
  private readonly waiting = new Map<string, { aggregate: AnyAggregate; snapshot: Snapshot }>();
  private readonly arrived = new Wake();

  constructor(
    private readonly parts: Parts,
    private readonly pace = PACE,
  ) {}

  /** Called after a stream's commands were answered. */
  offer(state: StreamState): void {
    const { stream, aggregate, revision, snapshotAt } = state;
    if (!aggregate.snapshots || revision - snapshotAt < this.pace.every) return;
    if (this.waiting.size >= MOST_WAITING && !this.waiting.has(stream)) return;
    state.snapshotAt = revision;
    this.waiting.set(stream, { aggregate, snapshot: state.snapshot(aggregate.snapshots.key) });
    this.arrived.wake();
  }

  /** Until the signal aborts. What could not be written is left out. */
  async write(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.waiting.size === 0) await this.arrived.wait(60_000, signal);
      else await pause(this.pace.debounceMs, signal);
      for (const [stream, { aggregate, snapshot }] of this.waiting) {
        if (signal.aborted) return;
        this.waiting.delete(stream);
        await this.put(aggregate, snapshot, signal).catch((error: unknown) =>
          this.parts.logger.warn({ stream, error: describeError(error) }, 'a snapshot was not written'),
        );
      }
    }
  }

  /** Those that other versions of the folds made are of no use to this one. */
  async removeOthers(aggregates: readonly AnyAggregate[]): Promise<void> {
    await this.parts.rows.removeOthers(aggregates.flatMap(({ snapshots }) => snapshots?.key ?? []));
  }

  private async put(aggregate: AnyAggregate, snapshot: Snapshot, signal: AbortSignal): Promise<void> {
    const { revision, position } = snapshot;
    await this.parts.rows.put(snapshot, { revision, position, kept: false, body: await pack(snapshot) });
    const every = aggregate.snapshots?.keepEvery;
    if (every === undefined) return;
    const last = await this.parts.rows.lastKept(snapshot);
    const since = revision - (last?.revision ?? -1);
    if (since >= 2 * every) await this.fill(aggregate, { ...snapshot, after: last?.position }, every, signal);
    else if (since >= every) await this.parts.rows.keep(snapshot, revision);
  }

  /** Makes those that are missing: of before an upgrade, of a log that was brought here, of a process that ended too soon. */
  private async fill(
    aggregate: AnyAggregate,
    { stream, key, revision, after }: Made & { revision: number; after: bigint | undefined },
    every: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { rows, states, store } = this.parts;
    const state = after === undefined ? new StreamState(stream, aggregate) : await states.at(stream, aggregate, after);
    let kept = state.revision;
    for await (const event of store.read(stream, kept + 1)) {
      if (signal.aborted || event.revision > revision) return;
      state.fold(event, event.revision, event.position);
      if (event.revision % EVENTS_AT_ONCE === 0) await pause(REST_MS, signal);
      if (event.revision - kept < every) continue;
      const snapshot = state.snapshot(key);
      await rows.put(snapshot, { ...snapshot, kept: true, body: await pack(snapshot) });
      kept = event.revision;
    }
  }
}
