import { describe, expect, it } from '@jest/globals';
import { UnavailableError, UnknownError } from '@kurrent/kurrentdb-client';
import { OutcomeUnknown } from './event-store/kurrentdb/outcome-unknown.js';
import { isTransient } from './transient.js';

const withCode = (code: string) => Object.assign(new Error('failed'), { code });

describe('what may be tried again', () => {
  it.each(['57P01', '57P03', '08006', '40001', '53300', '55P03', 'ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET'])('%s', (code) =>
    expect(isTransient(withCode(code))).toBe(true),
  );
  it('a cause or driver error that is', () => {
    expect(isTransient(new TypeError('fetch failed', { cause: withCode('ECONNREFUSED') }))).toBe(true);
    expect(isTransient(Object.assign(new Error('query failed'), { driverError: withCode('57P01') }))).toBe(true);
    expect(isTransient(new Error('Connection terminated unexpectedly'))).toBe(true);
  });
  it('a KurrentDB that is away', () => {
    expect(isTransient(new UnavailableError())).toBe(true);
    expect(isTransient(new OutcomeUnknown('no answer'))).toBe(true);
    expect(isTransient(new UnknownError(undefined, 'Could not recognize BadRequest'))).toBe(false);
  });
  it.each(['42P01', '23505', '22P02'])('but not %s', (code) => expect(isTransient(withCode(code))).toBe(false));
  it('and not a defect', () => {
    expect(isTransient(new TypeError("cannot read properties of undefined (reading 'x')"))).toBe(false);
    expect(isTransient('text')).toBe(false);
  });
});
