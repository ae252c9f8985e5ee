import type { RecordedEvent } from '@agencyos/runtime';
import { expect, it } from '@jest/globals';
import { digestsIn } from './named-content.js';

const [a, b, c] = ['a', 'b', 'c'].map((letter) => `sha256:${letter.repeat(64)}`) as [string, string, string];
const event = (data: object) => ({ data }) as RecordedEvent;

it('finds every digest that events name, wherever it stands, once', () => {
  const events = [
    event({ output: { content: { digest: a } }, note: `see ${b}, and ${a}` }),
    event({ list: [{ [c]: true }], again: b }),
    event({}),
  ];
  expect(digestsIn(events).sort()).toEqual([a, b, c]);
});

it('takes nothing else for one', () =>
  expect(digestsIn([event({ short: 'sha256:abc', upper: a.toUpperCase(), other: a.replace('256', '512') })])).toEqual([]));
