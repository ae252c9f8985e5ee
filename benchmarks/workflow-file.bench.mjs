import { createRequire } from 'node:module';
import { inTurns, median, result } from './support/measure.mjs';

// Of the built service, as its processes are started: no project may import another's insides.
const swarm = new URL('../services/swarm/', import.meta.url);
const PARSER = new URL('dist/library/parser-thread.js', swarm).href;
const { load } = createRequire(new URL('package.json', swarm))('js-yaml');

const PEER = 'js-yaml';
const BYTES = 256 * 1024;
const HEAD = 'workflow: w\ntitle: W\ninput: { repository: { type: string } }\n';

/** How long swarm's thread takes for workflow files of 256 KB, good and bad, beside the library that reads them alone. */
export async function run({ quick, rounds, log }) {
  const { ParserThread } = await import(PARSER);
  const thread = new ParserThread(60_000);
  const results = [];
  for (const [name, source, atMost] of files()) {
    log(name);
    const bytes = new TextEncoder().encode(source);
    await thread.parse(bytes);
    const { ours, peer } = await inTurns(rounds, {
      ours: async () => ({ ms: await timed(quick ? 2 : 5, () => thread.parse(bytes)) }),
      peer: async () => ({ ms: await timed(quick ? 2 : 5, () => load(source)) }),
    });
    results.push(result({ name, value: ours.ms, unit: 'ms', peer: PEER, peerValue: peer.ms, lowerIsBetter: true, atMost }));
  }
  return results;
}

async function timed(times, work) {
  const taken = [];
  for (let n = 0; n < times; n++) {
    const at = performance.now();
    await work();
    taken.push(performance.now() - at);
  }
  return median(taken);
}

const files = () => [
  ['tasks, 256 KB', filled(`${HEAD}tasks:\n`, task), 100],
  ['scripts inside, 256 KB', filled(`${HEAD}tasks:\n`, script), 100],
  ['unknown keys, 256 KB', filled(`${HEAD}tasks:\n  - { id: a, role: r }\n`, (n) => `k${n}: 1\n`), 100],
  [
    'wrong tasks, 256 KB',
    filled(`${HEAD}tasks:\n`, (n) => `  - { id: t${n}, role: R, comand: [x], title: "A task with a title" }\n`),
    100,
  ],
];

function filled(head, item) {
  let text = head;
  for (let n = 0; text.length < BYTES - 2_000; n++) text += item(n);
  return text;
}

const task = (n) => `  - id: task-${n}
    title: Task number ${n}
    role: check
    needs: [${n > 0 ? `task-${n - 1}` : ''}]
    run: [node, steps/check.mjs, "\${{ input.repository }}"]
    timeout: 2m
`;
const script = (n) => `  - id: script-${n}
    role: check
    run:
      - node
      - -e
      - |
${'        console.log("one of many lines of a script that stands in the file");\n'.repeat(20)}`;
