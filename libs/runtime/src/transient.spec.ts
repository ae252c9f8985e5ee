import { describe, expect, it } from '@jest/globals';
import { JetStreamApiError } from '@nats-io/jetstream';
import { PermissionViolationError, RequestError, TimeoutError } from '@nats-io/transport-node';
import { QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { UnavailableError, UnknownError } from '@kurrent/kurrentdb-client';
import { OutcomeUnknown } from './event-store/kurrentdb/outcome-unknown.js';
import { isNotPermitted, isTransient } from './transient.js';

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
  it('a connection that was cut inside a transaction (fault 23)', () => {
    expect(isTransient(new QueryRunnerAlreadyReleasedError())).toBe(true);
    expect(isTransient(new QueryRunnerProviderAlreadyReleasedError())).toBe(true);
  });
  it('a stream without a leader, however fast it refuses (fault 22)', () => {
    expect(isTransient(Object.assign(new Error('jetstream is not enabled'), { name: 'JetStreamNotEnabled' }))).toBe(true);
    for (const err_code of [10008, 10158])
      expect(isTransient(new JetStreamApiError({ code: 503, err_code, description: '' }))).toBe(true);
    expect(isTransient(new JetStreamApiError({ code: 400, err_code: 10071, description: 'wrong last sequence' }))).toBe(false);
  });
  it('but not what NATS does not permit, though it looks like no answer (fault 22)', () => {
    const cause = new PermissionViolationError('no', 'publish', 'agencyos.cmd.swarm.run.test');
    expect(isTransient(new RequestError('no', { cause }))).toBe(false);
    expect(isTransient(new RequestError('no', { cause: new TimeoutError() }))).toBe(true);
    expect(isNotPermitted(new RequestError('no', { cause }))).toBe(true);
  });
  it.each(['42P01', '23505', '22P02'])('but not %s', (code) => expect(isTransient(withCode(code))).toBe(false));
  it('and not a defect', () => {
    expect(isTransient(new TypeError("cannot read properties of undefined (reading 'x')"))).toBe(false);
    expect(isTransient('text')).toBe(false);
  });
});
