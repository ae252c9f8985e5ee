#!/bin/bash
# jest (expect 30.5.2): toMatchObject takes a regular expression for any text.
#
# One would guess: a pattern inside an expected object or list either matches the text at its place, as in toThrow and
# toMatch, or is compared with it and fails, as in toEqual.
# What happens: toEqual fails; toMatchObject passes for every text, whatever the pattern says.
# Why it matters: such a line reads like a check and checks nothing. Write expect.stringMatching(pattern).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" expect@30.5.2
cat >"$work/probe.cjs" <<'END'
const { expect } = require('expect');
const passes = (check) => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};
const said = ['the lamp is lit'];
console.log('toEqual with another pattern:', passes(() => expect(said).toEqual([/dark/])));
console.log('toMatchObject with another pattern:', passes(() => expect(said).toMatchObject([/dark/])));
console.log('toMatchObject with it in an object:', passes(() => expect({ said: said[0] }).toMatchObject({ said: /dark/ })));
console.log('toMatchObject with stringMatching:', passes(() => expect(said).toMatchObject([expect.stringMatching(/dark/)])));
END
said=$(cd "$work" && node probe.cjs)
echo "$said"
[ "$said" = 'toEqual with another pattern: false
toMatchObject with another pattern: true
toMatchObject with it in an object: true
toMatchObject with stringMatching: false' ] || { echo 'It behaves otherwise now.'; exit 1; }
