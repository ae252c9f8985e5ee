#!/bin/bash
# jest 30.5.2 (its package expect): toStrictEqual ignores what an error carries, toThrow compares more than it.
#
# One would guess: toStrictEqual compares errors at least as strictly as toThrow(error), own fields such as `code`
# and the cause included, as it does for every other object.
# What happens: of two errors of one class only the message counts: other code, name, cause and inner errors
# (AggregateError) are "equal", alone, nested in an object and as the arguments of a call (toHaveBeenCalledWith).
# toStrictEqual does see another class, toEqual not even that. toThrow(error) sees another class and another cause, but
# no other code. objectContaining({ code }) sees the code; toMatchObject does with a plain object only, not with an error.
# Why it matters: a test that says "refused with code X" by comparing errors passes with any code, for ever.
# Compare the fields, not the errors.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" \
  jest@30.5.2 expect@30.5.2 @jest/expect-utils@30.5.2
cd "$work"
cat >probe.cjs <<'END'
const { fn } = require('jest-mock');
const { expect } = require('expect');

class Refusal extends Error {}
const refusal = (fields) => Object.assign(new Refusal('no'), fields);
const caused = (cause) => new Error('no', { cause: new Error(cause) });
const passes = (assertion) => {
  try {
    assertion();
    return 'equal';
  } catch (error) {
    if (error.matcherResult === undefined && !/^.*expect\(/s.test(error.message)) throw error;
    return 'different';
  }
};
const called = fn();
called(refusal({ code: 'LIMIT' }));
const limit = refusal({ code: 'LIMIT' });
const vote = refusal({ code: 'VOTE' });

const cases = [
  ['toStrictEqual, other message', 'different', () => expect(new Error('a')).toStrictEqual(new Error('b'))],
  ['toStrictEqual, other class', 'different', () => expect(limit).toStrictEqual(new Error('no'))],
  ['toStrictEqual, other code', 'equal', () => expect(limit).toStrictEqual(vote)],
  ['toStrictEqual, other code, nested', 'equal', () => expect({ list: [limit] }).toStrictEqual({ list: [vote] })],
  ['toStrictEqual, other name', 'equal', () => expect(refusal({ name: 'A' })).toStrictEqual(refusal({ name: 'B' }))],
  ['toStrictEqual, other cause', 'equal', () => expect(caused('disk')).toStrictEqual(caused('net'))],
  [
    'toStrictEqual, other inner errors',
    'equal',
    () => expect(new AggregateError([limit], 'no')).toStrictEqual(new AggregateError([new Error('b'), 1], 'no')),
  ],
  ['toStrictEqual, plain objects, other code', 'different', () => expect({ ...limit }).toStrictEqual({ ...vote })],
  ['toHaveBeenCalledWith, other code', 'equal', () => expect(called).toHaveBeenCalledWith(vote)],
  ['toEqual, other class', 'equal', () => expect(limit).toEqual(new RangeError('no'))],
  ['toThrow, other class', 'different', () => expect(() => { throw limit; }).toThrow(new RangeError('no'))],
  ['toThrow, other cause', 'different', () => expect(() => { throw caused('disk'); }).toThrow(caused('net'))],
  ['toThrow, other code', 'equal', () => expect(() => { throw limit; }).toThrow(vote)],
  ['toMatchObject, an error with other code', 'equal', () => expect(limit).toMatchObject(vote)],
  ['toMatchObject, an object with other code', 'different', () => expect(limit).toMatchObject({ code: 'VOTE' })],
  ['objectContaining, other code', 'different', () => expect(limit).toEqual(expect.objectContaining({ code: 'VOTE' }))],
];
console.log(`expect ${require('expect/package.json').version}, Node.js ${process.version}`);
let changed = 0;
for (const [what, expected, assertion] of cases) {
  const got = passes(assertion);
  console.log(`${what}: ${got}${got === expected ? '' : ` CHANGED: was ${expected}`}`);
  if (got !== expected) changed = 1;
}
if (!changed) console.log("As found: an error's own fields are not compared.");
process.exitCode = changed;
END
node probe.cjs
