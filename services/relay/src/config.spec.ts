import { expect, it } from '@jest/globals';
import { readRelayConfig } from './config.js';

it('keeps one copy of two gigabytes at most, unless it is told otherwise', () => {
  expect(readRelayConfig({})).toEqual({ replicas: 1, eventsMaxBytes: 2 * 1024 ** 3 });
  expect(readRelayConfig({ RELAY_REPLICAS: '5', RELAY_EVENTS_MAX_BYTES: '1048576' })).toEqual({
    replicas: 5,
    eventsMaxBytes: 1024 ** 2,
  });
});

it.each([
  ['RELAY_REPLICAS', '0'],
  ['RELAY_REPLICAS', '6'],
  ['RELAY_REPLICAS', '1.5'],
  ['RELAY_EVENTS_MAX_BYTES', '1048575'],
  ['RELAY_EVENTS_MAX_BYTES', '1048576.5'],
])('is not told %s=%s', (name, value) => expect(() => readRelayConfig({ [name]: value })).toThrow(name));
