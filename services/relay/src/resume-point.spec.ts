import { newId } from '@agencyos/contracts';
import type { RecordedEvent } from '@agencyos/runtime';
import { MemoryEventStore } from '@agencyos/runtime/testing';
import { appendOf } from '@agencyos/testing/facts';
import { JetStreamApiError, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { POSITION } from './event-message.js';
import { findResumePoint, holds } from './resume-point.js';

let store: MemoryEventStore;
let events: RecordedEvent[];
/** What lies in EVENTS, by sequence. */
let messages: Map<number, StoredMsg>;
let last: number;

beforeEach(async () => {
  [store, messages, last] = [new MemoryEventStore(), new Map(), 0];
  for (let n = 0; n < 3; n++) {
    await store.append(appendOf('lamp-1', [{ type: 'LampLit' }], { after: n }));
  }
  ({ events } = await store.readAll(0n, { limit: 10 }));
});

const manager = (): JetStreamManager => {
  const kept = [...messages.keys()];
  const state = { messages: kept.length, first_seq: Math.min(...kept, last + 1), last_seq: last };
  const getMessage = async (_: string, { seq }: { seq: number }) => {
    const message = messages.get(seq);
    if (!message) throw new JetStreamApiError({ code: 404, err_code: 10037, description: 'no message found' });
    return message;
  };
  return { streams: { info: async () => ({ state }), getMessage } } as unknown as JetStreamManager;
};
const put = (body: unknown, position: bigint | string) => {
  const header = { get: (name: string) => (name === POSITION ? String(position) : '') };
  messages.set(++last, { json: () => body, header } as unknown as StoredMsg);
};
const publish = ({ id, stream, revision, position }: RecordedEvent, more: { position?: bigint; streamrevision?: number } = {}) =>
  put({ id, subject: stream, streamrevision: more.streamrevision ?? revision }, more.position ?? position);
const find = (checkpoint = 0n) => findResumePoint(manager(), store, checkpoint, 2);

describe('where the relay goes on', () => {
  it('is behind the last event that EVENTS holds, whatever the checkpoint says', async () => {
    publish(events[0]!);
    publish(events[1]!);
    expect(await find(3n)).toEqual({ status: 'continue', position: 2n, sequence: 2, passedOver: 0 });
  });

  it('is behind the last event, over what is none', async () => {
    publish(events[0]!);
    put({ answered: true }, '');
    put('text', 'x');
    expect(await find()).toEqual({ status: 'continue', position: 1n, sequence: 3, passedOver: 2 });
  });

  it('passes over places whose message was deleted', async () => {
    publish(events[0]!);
    last += 2;
    messages.set(last, messages.get(1)!);
    messages.delete(1);
    last += 1;
    expect(await find()).toEqual({ status: 'continue', position: 1n, sequence: 4, passedOver: 0 });
  });

  it('is the checkpoint where everything became too old, and a refill before it where EVENTS is new', async () => {
    last = 9;
    expect(await find(3n)).toEqual({ status: 'continue', position: 3n, sequence: 9, passedOver: 0 });
    last = 0;
    expect(await find(3n)).toEqual({ status: 'continue', position: 1n, sequence: 0, passedOver: 0 });
  });

  it.each([
    ['one position early', (event: RecordedEvent) => publish(event, { position: event.position - 1n })],
    ['one position late', (event: RecordedEvent) => publish(event, { position: event.position + 1n })],
    ['one revision early', (event: RecordedEvent) => publish(event, { streamrevision: event.revision - 1 })],
    ['behind the end of its stream', (event: RecordedEvent) => publish(event, { streamrevision: 3 })],
    ['by another id', (event: RecordedEvent) => publish({ ...event, id: newId() })],
  ])('is nowhere where the last event stands in the log %s: EVENTS is another log’s', async (_, given) => {
    given(events[1]!);
    expect(await find()).toEqual({ status: 'foreign' });
  });

  it('is nowhere where no event is found a thousand messages back', async () => {
    publish(events[0]!);
    for (let n = 0; n < 999; n++) put({}, '');
    expect(await find()).toMatchObject({ status: 'continue', passedOver: 999 });
    put({}, '');
    expect(await find()).toEqual({ status: 'foreign' });
  });

  it('is not told while NATS fails otherwise', async () => {
    publish(events[0]!);
    const broken = manager();
    broken.streams.getMessage = async () => {
      throw new JetStreamApiError({ code: 503, err_code: 10008, description: 'no leader' });
    };
    await expect(findResumePoint(broken, store, 0n, 2)).rejects.toThrow('no leader');
  });
});

it('tells whether EVENTS holds an event under a sequence', async () => {
  publish(events[0]!);
  const { id } = events[0]!;
  expect(await holds(manager(), 1, id)).toBe(true);
  expect(await holds(manager(), 1, newId())).toBe(false);
  expect(await holds(manager(), 0, id)).toBe(false);
  expect(await holds(manager(), 2, id)).toBe(false);
});
