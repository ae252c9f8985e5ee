import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { inTurns, load, result } from './support/measure.mjs';
import { startPeer } from './support/nest-peer.mjs';
import { command, startServices } from './support/services.mjs';

const PEER = 'NestJS + pg';

/** Gateway REST → decided → durable → answered, beside a bare NestJS handler that inserts two rows with `pg`. */
export async function run({ quick, rounds, log }) {
  const system = await startServices(['relay', 'kanban', 'gateway']);
  const peer = await startPeer(system.servers.databaseUrl);
  try {
    const boards = await openBoards(system, 64);
    const add = (lane) => addCard(system, boards[lane % boards.length]);
    const insert = () => post(peer.url, '/cards', {}, { boardId: randomUUID(), card: newCard() });
    const ms = quick ? 1_000 : 3_000;
    log('commands: warming up');
    // What is measured is a service that runs, not one whose code is still being compiled.
    await inTurns(quick ? 1 : 3, { ours: () => load({ lanes: 64, ms, work: add }), theirs: () => load({ lanes: 64, ms, work: insert }) });
    const results = [];
    const most = { ours: 0, theirs: 0 };
    for (const lanes of [1, 64, 512]) {
      log(`commands: ${lanes} in flight`);
      const { ours, theirs } = await inTurns(rounds, {
        ours: () => load({ lanes, ms, work: add }),
        theirs: () => load({ lanes, ms, work: insert }),
      });
      most.ours = Math.max(most.ours, ours.perSecond);
      most.theirs = Math.max(most.theirs, theirs.perSecond);
      const name = `${lanes} in flight`;
      results.push(result({ name, value: ours.perSecond, unit: 'commands/s', peer: PEER, peerValue: theirs.perSecond }));
      results.push(result({ name: `${name} p50`, value: ours.p50, unit: 'ms', peer: PEER, peerValue: theirs.p50, lowerIsBetter: true }));
      results.push(result({ name: `${name} p99`, value: ours.p99, unit: 'ms', peer: PEER, peerValue: theirs.p99, lowerIsBetter: true }));
    }
    results.push(result({ name: 'at most', value: most.ours, unit: 'commands/s', peer: PEER, peerValue: most.theirs, ratioAtLeast: 0.7 }));
    return results;
  } finally {
    await peer.stop();
    await system.stop();
  }
}

const newCard = () => ({ cardId: randomUUID(), title: 'A card of the benchmark', priority: 'normal', labels: [], assignees: [] });

async function openBoards(system, count) {
  return Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const [boardId, columnId] = [randomUUID(), randomUUID()];
      const column = { columnId, name: 'Todo', category: 'todo', rank: 'a0', wipMode: 'warn', perLane: false };
      const key = `B${String.fromCharCode(65 + (n >> 4))}${String.fromCharCode(65 + (n & 15))}`;
      await command(system, 'kanban', 'OpenBoard', { boardId, name: 'Benchmark', key, purpose: 'work', columns: [column], laneBy: 'none', visibility: 'all' });
      return { boardId, columnId };
    }),
  );
}

function addCard({ url, token }, { boardId, columnId }) {
  const headers = { Authorization: `Bearer ${token}`, 'Idempotency-Key': randomUUID() };
  return post(url, '/api/v1/kanban/AddCards', headers, { boardId, cards: [{ ...newCard(), columnId }] });
}

/** Bare HTTP: the client's own cost is the same for both, and small. */
function post(url, path, headers, body) {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) } }, (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (chunk) => (answer += chunk));
      response.on('end', () => (response.statusCode < 300 ? resolve(answer) : reject(new Error(`${response.statusCode} ${answer}`))));
    });
    sent.on('error', reject);
    sent.end(text);
  });
}
