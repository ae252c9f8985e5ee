#!/bin/bash
# js-yaml 5.5.0: a list or mapping in brackets may not be closed in the column of its key; version 4.1.0 took it.
#
# One would guess: a new major version of a parser reads the files that the last one read, and inside of brackets
# indentation means nothing, as in JSON.
# What happens: the common layout `run: [`, items, `]` with the closing bracket below the `r` is refused with "deficient
# indentation" (also `}`), on the top level as well as nested. One column further in it is read. js-yaml 4.1.0 and yaml
# 2.9.1 read all of them to the same value. (YAML's grammar does want the further column.)
# Why it matters: files that people have by hand stop being read by an upgrade; whoever moves to it needs another reader
# for what it refuses, or a sentence that says where the bracket has to stand.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --no-audit --no-fund --ignore-scripts js-yaml@5.5.0 js-yaml-4@npm:js-yaml@4.1.0 yaml@2.9.1 >>npm.log
cat >look.mjs <<'END'
import { load } from 'js-yaml';
import before from 'js-yaml-4';
import { parse } from 'yaml';

const read = (reader, text) => {
  try {
    return JSON.stringify(reader(text));
  } catch (error) {
    return `refused (${error.reason})`;
  }
};
const REFUSED = 'refused (deficient indentation)';
const cases = [
  ['a list closed below its key', 'run: [\n  a,\n]\n', REFUSED, '{"run":["a"]}'],
  ['the same, nested', 'job:\n  run: [\n    a,\n  ]\n', REFUSED, '{"job":{"run":["a"]}}'],
  ['a mapping closed below its key', 'job:\n  env: {\n    A: 1,\n  }\n', REFUSED, '{"job":{"env":{"A":1}}}'],
  ['a list closed one column further', 'job:\n  run: [\n    a,\n   ]\n', '{"job":{"run":["a"]}}', '{"job":{"run":["a"]}}'],
];
let changed = false;
for (const [what, text, now, others] of cases) {
  const got = [load, before.load, parse].map((reader) => read(reader, text));
  console.log(`${what}: js-yaml 5.5.0 ${got[0]}, 4.1.0 ${got[1]}, yaml 2.9.1 ${got[2]}`);
  if (got.join() === [now, others, others].join()) continue;
  console.log(`  CHANGED: was ${now}, ${others}, ${others}`);
  changed = true;
}
if (changed) process.exit(1);
console.log('As found: version 5 refuses what version 4 read.');
END
node look.mjs
