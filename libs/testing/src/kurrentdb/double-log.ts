/** An event as the double keeps it. */
export interface DoubleRecord {
  position: bigint;
  stream: string;
  revision: number;
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
}
export type DoubleEvent = Pick<DoubleRecord, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;
export type Expected = 'any' | 'no_stream' | 'stream_exists' | number;

export type DoubleOutcome =
  | { result: 'success'; revision: number; position: bigint }
  | { result: 'wrong_expected_version'; current: number }
  | { result: 'stream_deleted' }
  | { result: 'too_large' }
  | { result: 'bad_request'; message: string };

const MAX_APPEND_BYTES = 1024 * 1024;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What a KurrentDB server keeps, as far as it shows: streams, one log with positions in bytes, its own events. */
export class DoubleLog {
  readonly records: DoubleRecord[] = [];
  private readonly streams = new Map<string, DoubleRecord[]>();
  private readonly tombstoned = new Set<string>();
  private end = 1_704n;

  constructor() {
    const settings = { contentType: 'application/json', data: Buffer.from('{}'), metadata: Buffer.alloc(0) };
    this.record('$settings', { id: '5cfd3a86-0f3b-4f0e-8f5e-2f7a6f2c1d10', type: '$settings', ...settings });
  }

  append(stream: string, expected: Expected, events: readonly DoubleEvent[]): DoubleOutcome {
    if (!stream) return { result: 'bad_request', message: 'stream name must not be empty' };
    for (const { id, type } of events) {
      if (!type) return { result: 'bad_request', message: 'event type must not be empty' };
      if (!UUID.test(id)) return { result: 'bad_request', message: `${id} is no UUID` };
    }
    if (events.reduce((sum, event) => sum + bytesOf(event), 0) > MAX_APPEND_BYTES) return { result: 'too_large' };
    if (this.tombstoned.has(stream)) return { result: 'stream_deleted' };
    const present = this.streams.get(stream) ?? [];
    const current = present.length - 1;
    // As the server does: of no events it says that they are there.
    if (events.length === 0) return { result: 'success', revision: 0, position: this.end };
    if (!matches(expected, current)) {
      return repeated(present, expected, events) ?? { result: 'wrong_expected_version', current };
    }
    const recorded = events.map((event) => this.record(stream, event)).at(-1)!;
    return { result: 'success', revision: recorded.revision, position: recorded.position };
  }

  stream(name: string): readonly DoubleRecord[] {
    return this.streams.get(name) ?? [];
  }

  tombstone(stream: string): void {
    this.tombstoned.add(stream);
  }

  /** Index of the first record at or behind a position. @throws when none starts there */
  indexOf(position: bigint): number {
    const index = this.records.findIndex((record) => record.position >= position);
    if (index < 0) return this.records.length;
    if (position > 0n && this.records[index]!.position !== position) {
      throw new Error(`no record starts at ${position}`);
    }
    return index;
  }

  private record(stream: string, event: DoubleEvent): DoubleRecord {
    const present = this.streams.get(stream) ?? [];
    this.streams.set(stream, present);
    const record = { ...event, stream, revision: present.length, position: this.end };
    this.end += BigInt(150 + bytesOf(event));
    present.push(record);
    this.records.push(record);
    return record;
  }
}

const bytesOf = ({ type, data, metadata }: DoubleEvent): number => type.length + data.length + metadata.length;

function matches(expected: Expected, current: number): boolean {
  if (expected === 'any') return true;
  if (expected === 'stream_exists') return current >= 0;
  return (expected === 'no_stream' ? -1 : expected) === current;
}

/** The same ids at the same revision: answered as the first time, whatever followed. */
function repeated(
  present: readonly DoubleRecord[],
  expected: Expected,
  events: readonly DoubleEvent[],
): DoubleOutcome | undefined {
  const first = typeof expected === 'number' ? expected + 1 : 0;
  const there = present.slice(first, first + events.length);
  if (there.length < events.length || there.some(({ id }, n) => id !== events[n]!.id)) return undefined;
  const { revision, position } = there.at(-1)!;
  return { result: 'success', revision, position };
}
