import { addCard, openBoards } from './support/boards.mjs';
import { inTurns, latencies, load, result } from './support/measure.mjs';
import { startServices } from './support/services.mjs';

const PEER = 'one process';

/** Commands to one hot stream, and to many, with two processes of the service beside one. */
export async function run({ quick, rounds, log }) {
  const systems = {
    theirs: await startServices(['relay', 'kanban', 'gateway']),
    ours: await startServices(['relay', 'kanban', 'kanban', 'gateway']),
  };
  try {
    const boards = {};
    for (const [name, system] of Object.entries(systems)) boards[name] = await openBoards(system, 64);
    const ms = quick ? 1_000 : 3_000;
    const results = [];
    for (const [streams, lanes] of [
      [1, 1],
      [1, 8],
      [1, 64],
      [64, 64],
    ]) {
      const name = `${streams === 1 ? '1 stream' : `${streams} streams`}, ${lanes} in flight`;
      log(`replicas: ${name}`);
      const measure = (who) => () => load({ lanes, ms, work: (lane) => addCard(systems[who], boards[who][lane % streams]) });
      const contenders = { ours: measure('ours'), theirs: measure('theirs') };
      await inTurns(1, contenders); // warm-up
      const { ours, theirs } = await inTurns(rounds, contenders);
      const target = streams === 1 ? { ratioAtLeast: 0.5 } : {};
      results.push(
        result({ name, value: ours.perSecond, unit: 'commands/s', peer: PEER, peerValue: theirs.perSecond, ...target }),
      );
      results.push(...latencies(name, { ours, peer: theirs }, PEER, ['p99']));
    }
    return results;
  } finally {
    await Promise.all(Object.values(systems).map((system) => system.stop()));
  }
}
