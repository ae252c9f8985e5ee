import { describe, expect, it } from '@jest/globals';
import { limitedText } from '@agencyos/contracts';
import { z } from 'zod';
import { parseBody } from './body.js';

const Card = z.strictObject({
  cardId: z.uuid(),
  title: limitedText(20),
  labels: z.array(z.strictObject({ name: z.string() })).max(2),
});
const card = { cardId: '01900000-0000-7000-8000-0000000000a1', title: 'Write it down', labels: [] };
const refusal = (body: unknown) => {
  try {
    parseBody(Card, body);
  } catch (error) {
    return error;
  }
  throw new Error('was accepted');
};

describe('request bodies', () => {
  it('pass when they fit', () => expect(parseBody(Card, card)).toEqual(card));

  it('with an unknown field are named, wherever it stands', () => {
    expect(refusal({ ...card, colour: 'red' })).toMatchObject({
      code: 'unknown_field',
      status: 400,
      details: { field: 'colour' },
    });
    expect(refusal({ ...card, labels: [{ name: 'a', size: 1 }] })).toMatchObject({
      details: { field: 'labels.0.size' },
    });
  });

  it('with a malformed id are 400', () =>
    expect(refusal({ ...card, cardId: '42' })).toMatchObject({
      code: 'malformed_id',
      status: 400,
      details: { field: 'cardId' },
    }));

  it.each([
    ['empty', '  '],
    ['oversized', 'x'.repeat(21)],
    ['with NUL', 'a\0b'],
    ['with a bidirectional override', 'a\u202eb'],
  ])('with a title %s are 422', (_, title) =>
    expect(refusal({ ...card, title })).toMatchObject({
      code: 'invalid',
      status: 422,
      details: { field: 'title' },
    }),
  );

  it('over a limit name it', () => {
    expect(refusal({ ...card, title: 'x'.repeat(21) })).toMatchObject({ details: { limit: 20 } });
    expect(refusal({ ...card, labels: [{ name: '' }, { name: '' }, { name: '' }] })).toMatchObject({
      details: { field: 'labels', limit: 2 },
    });
  });
});
