import { expect, it } from '@jest/globals';
import type { NatsConnection } from '@nats-io/transport-node';
import { assertServerVersion, isNewEnough } from './server-version.js';

it.each([
  ['2.10.7', true],
  ['2.10.6', false],
  ['2.10.22', true],
  ['2.9.99', false],
  ['2.11.0', true],
  ['2.11.0-RC.1', true],
  ['2.10.7-beta', true],
  ['1.99.99', false],
  ['3.0.0', true],
  ['2', false],
  ['unknown', false],
])('a NATS server %s is new enough: %s', (version, expected) => expect(isNewEnough(version)).toBe(expected));

it('says which one is needed', () => {
  const assert = (info: object | undefined) => () => assertServerVersion({ info } as unknown as NatsConnection);
  expect(assert({ version: '2.10.7' })).not.toThrow();
  expect(assert({ version: '2.9.1' })).toThrow('NATS server 2.9.1 is too old: at least 2.10.7 is needed');
  expect(assert(undefined)).toThrow('NATS server unknown is too old');
});
