import { describe, expect, it } from '@jest/globals';
import type { Msg } from '@nats-io/transport-node';
import { PlainJsonDeserializer, Unreadable } from './plain-json.js';

const read = (data: Uint8Array) => new PlainJsonDeserializer().deserialize({ data, reply: 'here' } as Msg).data;

describe('what arrives over NATS', () => {
  it('is read as it was sent', () => expect(read(Buffer.from('{"build":"\u{1f600}é"}'))).toEqual({ build: '\u{1f600}é' }));

  it('is refused where it is not UTF-8, not kept as another text (fault 2)', () => {
    const body = read(Buffer.concat([Buffer.from('{"build":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]));
    expect(body).toBeInstanceOf(Unreadable);
    expect((body as Unreadable).refusal.details).toMatchObject({ detail: 'The message is not UTF-8.' });
  });
});
