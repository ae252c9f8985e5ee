import { once } from 'node:events';
import { WebSocket } from 'ws';
import { now } from './viewers.mjs';

const OPENING = 32;
const LOST_AFTER_MS = 60_000;

const viewers = [];
/** By number when each viewer got it. */
let seen = new Map();
let awaited;

/** All viewers get the same text. */
let last = { text: '', number: undefined };

/** The newest thing that a frame shows: the revision of a board, or the number of a bare event. */
function numberIn(text) {
  if (text === last.text) return last.number;
  const { event, data, revision } = JSON.parse(text);
  const board = event === 'delta' ? data.ops.find(({ key }) => key === 'board') : undefined;
  last = { text, number: event === undefined ? revision : board?.value.revision };
  return last.number;
}

function watch(socket, from) {
  const viewer = { number: from };
  viewers.push(viewer);
  socket.on('message', (bytes) => {
    const at = now();
    const number = numberIn(bytes.toString());
    if (number === undefined || number <= viewer.number) return;
    viewer.number ??= number - 1;
    while (viewer.number < number) {
      const times = seen.get(++viewer.number);
      if (times) times.push(at);
      else seen.set(viewer.number, [at]);
    }
    answerIfAll();
  });
}

async function open({ url, count, tickets = [], view }) {
  let next = 0;
  const lane = async () => {
    while (next < count) await connect(url, tickets[next++], view);
  };
  await Promise.all(Array.from({ length: OPENING }, lane));
}

async function connect(url, ticket, view) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on('close', (code, reason) => fail(`a viewer was closed: ${code} ${reason}`));
  await once(socket, 'open');
  if (!ticket) return watch(socket);
  const say = async (event, data) => {
    socket.send(JSON.stringify({ event, data }));
    const [bytes] = await once(socket, 'message');
    return JSON.parse(bytes);
  };
  const { event } = await say('hello', { ticket });
  const snapshot = await say('subscribe', view);
  if (event !== 'welcome' || snapshot.event !== 'snapshot') throw new Error(`a viewer was answered ${event}`);
  watch(socket, snapshot.data.rows.board.revision);
}

function answerIfAll() {
  if (awaited === undefined || viewers.some(({ number }) => !(number >= awaited))) return;
  awaited = undefined;
  process.send({ seen });
  seen = new Map();
}

function fail(error) {
  process.send({ error });
}

process.on('disconnect', () => process.exit(0));
process.on('message', ({ open: what, until }) => {
  if (what)
    return void open(what).then(
      () => process.send({}),
      (error) => fail(String(error)),
    );
  awaited = until;
  setTimeout(() => awaited === until && fail(`not every viewer saw ${until}`), LOST_AFTER_MS).unref();
  answerIfAll();
});
