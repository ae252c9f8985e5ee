import { describe, expect, it } from '@jest/globals';
import { parseJson } from './json-body.js';

const refusal = (text: string) => {
  try {
    parseJson(text);
  } catch (error) {
    return error;
  }
  throw new Error('was accepted');
};
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('JSON bodies', () => {
  it('name the position of the first mistake', () => {
    expect(refusal('{"a": }')).toMatchObject({
      code: 'malformed_json',
      status: 400,
      details: { position: 6 },
    });
    expect(refusal('{"a": 1')).toMatchObject({ code: 'malformed_json', details: { position: 7 } });
    expect(refusal('{"a": "b", }')).toMatchObject({ details: { position: 11 } });
    expect(refusal('[1, tru, 2]')).toMatchObject({ details: { position: 7 } });
    expect(refusal(`{"a": "${'x'.repeat(5_000)}" "b"}`)).toMatchObject({ details: { position: 5_009 } });
    expect(refusal('')).toMatchObject({ code: 'malformed_json', details: { position: 0 } });
  });

  it('may be 32 levels deep and no deeper', () => {
    expect(parseJson(nested(32))).toBeDefined();
    expect(refusal(nested(33))).toMatchObject({ code: 'too_deep', status: 400, details: { limit: 32 } });
    expect(refusal(nested(100_000))).toMatchObject({ code: 'too_deep' });
  });

  it('never carry __proto__', () => {
    expect(refusal('[{"__pr\\u006fto__": 1}]')).toMatchObject({ details: { field: '0.__proto__' } });
    expect(parseJson('{"text": "__proto__ \\u00e9"}')).toEqual({ text: '__proto__ é' });
    expect(refusal('{"a": {"__proto__": {"admin": true}}}')).toMatchObject({
      code: 'forbidden_key',
      details: { field: 'a.__proto__' },
    });
  });
});
