#!/bin/bash
# yaml 2.9.1: with `indentSeq: false` and `collectionStyle: 'block'` it writes an empty list that it refuses to read.
#
# One would guess: what stringify() prints, parse() of the same version reads, whatever the options, and an empty list in
# a nested mapping comes out as `[]` beside or below its key, indented like any other value.
# What happens: the list gets a line of its own at the column of its key. That is a second, unfinished key to any reader:
# yaml itself stops with "Implicit map keys need to be followed by map values", js-yaml 5.5.0 with "expected ':' after a
# mapping key". Either option alone, a list with items, and an empty mapping are all read again.
# Why it matters: the two options are what one takes to keep the style of hand-written files, and a file is broken the
# first time that one of its lists becomes empty.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --no-audit --no-fund --ignore-scripts yaml@2.9.1 js-yaml@5.5.0 >>npm.log
cat >look.mjs <<'END'
import { load } from 'js-yaml';
import { parse, stringify } from 'yaml';

const read = (reader, text) => {
  try {
    return JSON.stringify(reader(text));
  } catch {
    return 'refused';
  }
};
const seq = { indentSeq: false };
const block = { collectionStyle: 'block' };
const empty = { job: { run: [] } };
const cases = [
  ['an empty list, both options', empty, { ...seq, ...block }, 'refused refused'],
  ['an empty list, indentSeq alone', empty, seq, '{"job":{"run":[]}} {"job":{"run":[]}}'],
  ['an empty list, collectionStyle alone', empty, block, '{"job":{"run":[]}} {"job":{"run":[]}}'],
  ['a list with an item, both options', { job: { run: [1] } }, { ...seq, ...block }, '{"job":{"run":[1]}} {"job":{"run":[1]}}'],
  ['an empty mapping, both options', { job: { run: {} } }, { ...seq, ...block }, '{"job":{"run":{}}} {"job":{"run":{}}}'],
];
let changed = false;
for (const [what, value, options, expected] of cases) {
  const text = stringify(value, options);
  const got = `${read(parse, text)} ${read(load, text)}`;
  console.log(`${what}: ${JSON.stringify(text)} is read as ${got}`);
  if (got === expected) continue;
  console.log(`  CHANGED: was ${expected}`);
  changed = true;
}
if (changed) process.exit(1);
console.log('As found: an empty list is written where no reader takes it.');
END
node look.mjs
