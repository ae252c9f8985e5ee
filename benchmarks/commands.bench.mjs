import { randomUUID } from 'node:crypto';
import { addCard, newCard, openBoards, post } from './support/boards.mjs';
import { inTurns, latencies, load, result } from './support/measure.mjs';
import { startPeer } from './support/nest-peer.mjs';
import { startServices } from './support/services.mjs';

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
    await inTurns(quick ? 1 : 3, {
      ours: () => load({ lanes: 64, ms, work: add }),
      theirs: () => load({ lanes: 64, ms, work: insert }),
    });
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
      results.push(...latencies(name, { ours, peer: theirs }, PEER));
    }
    results.push(
      result({ name: 'at most', value: most.ours, unit: 'commands/s', peer: PEER, peerValue: most.theirs, ratioAtLeast: 0.7 }),
    );
    return results;
  } finally {
    await peer.stop();
    await system.stop();
  }
}
