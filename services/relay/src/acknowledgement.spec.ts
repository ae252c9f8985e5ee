import { describe, expect, it } from '@jest/globals';
import type { Msg } from '@nats-io/transport-node';
import { Duplicate, NotAcknowledged, readAcknowledgement } from './acknowledgement.js';

const answer = (body: object, code?: number) =>
  readAcknowledgement({ headers: code === undefined ? undefined : { code }, json: () => body } as unknown as Msg);
const refusal = (...given: Parameters<typeof answer>) => {
  try {
    answer(...given);
  } catch (error) {
    return error as NotAcknowledged;
  }
  throw new Error('it was taken for stored');
};

describe('the answer to a message', () => {
  it('has the sequence under which it is stored', () => {
    expect(answer({ stream: 'EVENTS', seq: 7 })).toEqual({ seq: 7 });
    expect(answer({ stream: 'EVENTS', seq: 0, duplicate: true }, 200)).toEqual({ seq: 0 });
  });

  it('says that nobody answers for the stream', () =>
    expect(refusal({ seq: 7 }, 503)).toMatchObject({
      name: 'NotAcknowledged',
      message: 'nobody answers for the stream',
      full: false,
    }));

  it.each(['bytes', 'messages'])('says that the stream is full: maximum %s exceeded', (what) =>
    expect(refusal({ error: { description: `maximum ${what} exceeded` } })).toMatchObject({
      message: `maximum ${what} exceeded`,
      full: true,
    }),
  );

  it.each([
    ['a wrong sequence is expected', { error: { description: 'wrong last sequence: 9' } }, 'wrong last sequence: 9'],
    ['it has an error, whatever else', { seq: 7, error: {} }, 'unknown answer'],
    ['it has no sequence', { stream: 'EVENTS' }, 'unknown answer'],
  ])('is no proof where %s', (_, body, message) => expect(refusal(body)).toMatchObject({ message, full: false }));

  it('names the event that is there already, and where', () =>
    expect(new Duplicate(4, 'e1')).toMatchObject({
      name: 'Duplicate',
      sequence: 4,
      eventId: 'e1',
      message: 'the server says that event e1 is message 4 already',
    }));
});
