import { expect, it } from '@jest/globals';
import { newId } from '@agencyos/contracts';
import type { RecordedEvent } from '@agencyos/runtime';
import type { Msg, MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { Duplicate, NotAcknowledged } from './acknowledgement.js';
import { Publisher } from './publisher.js';

/** A connection whose server answers what it is told to. */
function setUp(answer: object | 'nobody', idSuffix?: string) {
  const failures: Error[] = [];
  const ids: string[] = [];
  const follows: string[] = [];
  let callback!: (error: Error | null, message: Msg) => void;
  const connection = {
    isClosed: () => false,
    subscribe: (_subject: string, options: { callback: typeof callback }) => {
      callback = options.callback;
      return { unsubscribe: () => undefined };
    },
    publish(_subject: string, _body: string, { headers, reply }: { headers: MsgHdrs; reply: string }) {
      ids.push(headers.get('Nats-Msg-Id'));
      follows.push(headers.get('Nats-Expected-Last-Msg-Id'));
      const message = { subject: reply, headers: answer === 'nobody' ? { code: 503 } : undefined, json: () => answer };
      callback(null, message as unknown as Msg);
    },
  } as unknown as NatsConnection;
  const onFailure = (error: Error) => void failures.push(error);
  const publisher = new Publisher(connection, { position: 6n, sequence: 3, installationId: newId(), idSuffix, onFailure });
  return { publisher, failures, ids, follows };
}

const event = {
  ...{ id: newId(), type: 'SampleRecorded', schema: 1, stream: 'sample-1', revision: 0, position: 7n, data: {} },
  metadata: { correlationId: newId(), recordedAt: '2026-03-01T12:00:00.000Z' },
} as unknown as RecordedEvent;

it('takes “duplicate” for no proof that a message is stored, least of all with sequence 0 (fault 22)', async () => {
  for (const seq of [0, 2]) {
    const { publisher, failures } = setUp({ stream: 'EVENTS', seq, duplicate: true });
    await publisher.publish([event]);
    expect(failures).toEqual([expect.any(Duplicate)]);
    expect(failures[0]).toMatchObject({ sequence: seq, eventId: event.id });
    expect(publisher.acknowledged).toBe(6n);
    publisher.close();
  }
});

it('publishes under an id that the server has not seen when it is told to', async () => {
  const { publisher, ids } = setUp({ stream: 'EVENTS', seq: 4 }, 'again');
  await publisher.publish([event]);
  expect([ids, publisher.acknowledged]).toEqual([[`${event.id}/again`], 7n]);
  publisher.close();
});

it.each([undefined, 'again'])(
  'names the message that each one must follow, by the id under which that was sent: %s',
  async (suffix) => {
    const { publisher, ids, follows } = setUp({ stream: 'EVENTS', seq: 4 }, suffix);
    await publisher.publish([event, { ...event, id: newId(), position: 8n }]);
    expect(follows).toEqual(['', ids[0]]);
    publisher.close();
  },
);

it('counts a stream without a leader as away, not as a refusal of the event (fault 22)', async () => {
  const { publisher, failures } = setUp('nobody');
  await publisher.publish([event]);
  expect(failures).toEqual([expect.any(NotAcknowledged)]);
  publisher.close();
});
