import { parseStream } from '@agencyos/contracts';
import { createHash } from 'node:crypto';
import { StreamState } from '../commands/stream-state.js';
import { PresentForm } from '../event-store/index.js';
import type { AnyAggregate } from '../service-definition.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { corpus, frozenEvents, type History } from './histories.js';

/**
 * A digest of all that a fold says of what was ever recorded: of the JSON, names and forms included, that each stream of an
 * aggregate comes to at each of its events.
 *
 * @param states each folded on from the state before, or from its snapshot as after a restart, which must be the same
 */
export async function snapshotKey(aggregate: AnyAggregate, states: 'kept' | 'revived' = 'revived'): Promise<string> {
  const digest = createHash('sha256');
  for (const { events, from } of await historiesOf(aggregate)) {
    const streams = new Map<string, StreamState>();
    for (const [n, event] of events.entries()) {
      const state = streams.get(event.stream) ?? new StreamState(event.stream, aggregate);
      state.fold(event, state.revision + 1, BigInt(n + 1));
      streams.set(event.stream, state);
      if (n < from) continue;
      const snapshot = JSON.parse(JSON.stringify(state.snapshot(''))) as Snapshot;
      digest.update(`${JSON.stringify(snapshot, byName)}\n`);
      if (states === 'revived') streams.set(event.stream, StreamState.of(aggregate, snapshot));
    }
  }
  return `sha256:${digest.digest('hex')}`;
}

/** The aggregate's part of whole logs, and every two of its frozen events one after the other, in the form of today. */
async function historiesOf({ category }: AnyAggregate): Promise<{ events: History['events']; from: number }[]> {
  const form = new PresentForm();
  form.owns([category]);
  const own = ({ events }: History) =>
    events.filter(({ stream }) => parseStream(stream).category === category).map((event) => form.of(event));
  const [logs, frozen] = (await Promise.all([corpus(), frozenEvents()])).map((histories) =>
    histories.map(own).filter(({ length }) => length > 0),
  );
  const pairs = frozen!.flatMap((first) =>
    frozen!.map((second) => ({ events: aboutOne([...first, second.at(-1)!]), from: first.length - 1 })),
  );
  return [...logs!.map((events) => ({ events, from: 0 })), ...pairs];
}

/** Frozen events tell of different things: here each is about the one that was named first. */
function aboutOne(events: History['events']): History['events'] {
  const named = new Map<string, string>();
  const [{ stream }] = events as [History['events'][0]];
  for (const { data } of events) nameIds(data, named);
  const idOf = (name: string, value: unknown): unknown => {
    if (!Array.isArray(value)) return named.get(name);
    // `resetTaskIds` are those of tasks.
    const one = [...named.keys()].find((known) => name.toLowerCase().endsWith(`${known.toLowerCase()}s`));
    return one && [named.get(one)];
  };
  return events.map((event) => {
    const data = Object.entries(event.data).map(([name, value]) => [name, idOf(name, value) ?? value]);
    return { ...event, stream, data: Object.fromEntries(data) as Record<string, unknown> };
  });
}

function nameIds(value: unknown, named: Map<string, string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (typeof member !== 'string') nameIds(member, named);
    else if (name.endsWith('Id') && !named.has(name)) named.set(name, member);
  }
}

/** The order of names says nothing of a state. */
const byName = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
