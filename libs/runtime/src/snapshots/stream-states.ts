import { describeError } from '../background.js';
import { StreamState } from '../commands/stream-state.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Logger } from '../logger.js';
import type { AnyAggregate } from '../service-definition.js';
import { unpack } from './snapshot.js';
import type { Made, SnapshotRow, SnapshotRows } from './snapshot-rows.js';

/** Streams folded up to an event: from a snapshot where there is one, else from their beginning. */
export class StreamStates {
  constructor(
    private readonly rows: Pick<SnapshotRows, 'last' | 'remove'>,
    private readonly store: Pick<EventStore, 'read'>,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /** As it was at a position of the log; at its end by default. */
  async at(stream: string, aggregate: AnyAggregate, position?: bigint): Promise<StreamState> {
    const known = aggregate.snapshots && (await this.fromSnapshot({ stream, key: aggregate.snapshots.key }, aggregate, position));
    if (known) return known;
    const state = new StreamState(stream, aggregate);
    await state.catchUp(this.store, position);
    return state;
  }

  private async fromSnapshot(made: Made, aggregate: AnyAggregate, position?: bigint): Promise<StreamState | undefined> {
    for (;;) {
      const row = await this.ifAnswered(made, this.rows.last(made, position));
      if (!row) return undefined;
      const state = await revived(made, aggregate, row);
      if (state && (await state.resume(this.store.read(made.stream, row.revision), position))) return state;
      // Removed, it is told of once.
      const removed = await this.ifAnswered(
        made,
        this.rows.remove(made, row.revision).then(() => true),
      );
      this.logger.warn({ ...made, revision: row.revision, removed }, 'a snapshot is broken or not of this log, and is not used');
      if (!removed) return undefined;
    }
  }

  /** A snapshot is a cache: without its table everything goes on, more slowly. */
  private ifAnswered<T>({ stream }: Made, answer: Promise<T>): Promise<T | undefined> {
    return answer.catch((error: unknown) => {
      this.logger.warn({ stream, error: describeError(error) }, 'the table of snapshots does not answer');
      return undefined;
    });
  }
}

async function revived(made: Made, aggregate: AnyAggregate, { revision, body }: SnapshotRow): Promise<StreamState | undefined> {
  try {
    return StreamState.of(aggregate, await unpack(body, { ...made, revision }));
  } catch {
    return undefined;
  }
}
