#!/bin/bash
# @dagrejs/dagre 3.1.3: children of one node come out in the reverse of the order in which their edges were added.
#
# One would guess: where nothing distinguishes nodes (all children of one node, no crossings to avoid), layout() keeps the
# order of setNode(), or of setEdge(), the first one on top (rankdir LR) or at the left (TB).
# What happens: the order of setEdge() is exactly reversed, for 3 nodes as for 14, in both directions; the order of
# setNode() changes nothing. With edges added in reverse the nodes are drawn in order.
# Why it matters: parallel steps appear bottom up, so that a numbered list reads backwards and moves as a whole when the
# library's order changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --no-audit --no-fund --ignore-scripts @dagrejs/dagre@3.1.3 >>npm.log
cat >look.mjs <<'END'
import dagre from '@dagrejs/dagre';

/** Names in the order in which they are drawn. */
function drawn(names, { rankdir, edges = names }) {
  const graph = new dagre.graphlib.Graph().setGraph({ rankdir }).setDefaultEdgeLabel(() => ({}));
  for (const name of ['start', ...names]) graph.setNode(name, { width: 10, height: 10 });
  for (const name of edges) graph.setEdge('start', name);
  dagre.layout(graph);
  const axis = rankdir === 'LR' ? 'y' : 'x';
  return [...names].sort((a, b) => graph.node(a)[axis] - graph.node(b)[axis]).join('');
}
const three = [...'abc'];
const many = [...'abcdefghijklmn'];
const backwards = [...many].reverse();
const cases = [
  ['abc, left to right', drawn(three, { rankdir: 'LR' }), 'cba'],
  ['abc, top to bottom', drawn(three, { rankdir: 'TB' }), 'cba'],
  ['14 nodes', drawn(many, { rankdir: 'LR' }), backwards.join('')],
  ['14 nodes, edges added backwards', drawn(many, { rankdir: 'LR', edges: backwards }), many.join('')],
  ['14 nodes added backwards, edges in order', drawn(backwards, { rankdir: 'LR', edges: many }), backwards.join('')],
];
let changed = false;
for (const [what, got, expected] of cases) {
  console.log(`${what}: ${got}`);
  if (got === expected) continue;
  console.log(`  CHANGED: was ${expected}`);
  changed = true;
}
if (changed) process.exit(1);
console.log('As found: a rank is drawn in reverse.');
END
node look.mjs
