import { flatOut, steadily } from './support/journeys.mjs';
import { ourLine, peerLine } from './support/live-lines.mjs';
import { inTurns, result } from './support/measure.mjs';
import { startPeer } from './support/nest-peer.mjs';
import { startServices } from './support/services.mjs';
import { viewersResults } from './support/viewers-results.mjs';

const PEER = 'INSERT + NOTIFY';
const LANES = 64;
const PER_SECOND = 1_000;
const BACKLOG = 2_000;

/**
 * append → relay → EVENTS, and append → projector → delta → gateway → WebSocket, all of it real services in processes
 * of their own, beside a row per event that is passed on by NOTIFY.
 */
export async function run({ quick, rounds, log }) {
  const system = await startServices(['relay', 'kanban', 'gateway']);
  const { databaseUrl } = system.servers;
  const peer = await startPeer(databaseUrl, './live-peer-process.mjs');
  const options = { ms: quick ? 2_000 : 5_000, rounds, log };
  try {
    const ours = await ourLine(system, LANES);
    const theirs = await peerLine(databaseUrl, peer.url, LANES);
    const results = await boardsResults(ours, theirs, options);
    await ours.stop();
    await theirs.stop();
    return [...results, ...(await viewersResults(system, peer, options))];
  } finally {
    await peer.stop();
    await system.stop();
  }
}

async function boardsResults(ours, theirs, { ms, rounds, log }) {
  const results = [];
  const steady = async ({ journeys, send }) => {
    const { EVENTS, WebSocket } = await steadily(journeys, { lanes: LANES, perSecond: PER_SECOND, ms, send });
    return {
      p50: WebSocket.p50,
      p99: WebSocket.p99,
      eventsP50: EVENTS?.p50 ?? NaN,
      eventsP99: EVENTS?.p99 ?? NaN,
    };
  };
  log(`${PER_SECOND} moves/s on ${LANES} boards`);
  for (const line of [ours, theirs]) await steady(line); // warm
  const calm = await inTurns(rounds, { ours: () => steady(ours), theirs: () => steady(theirs) });
  const at = `at ${PER_SECOND}/s`;
  const time = (name, value, atMost) => ({
    name: `${name} ${at}`,
    value,
    unit: 'ms',
    atMost,
    lowerIsBetter: true,
    peer: PEER,
  });
  results.push(
    result({ ...time('append → WebSocket p50', calm.ours.p50, 6), peerValue: calm.theirs.p50 }),
    result({ ...time('append → WebSocket p99', calm.ours.p99, 30), peerValue: calm.theirs.p99 }),
    result({ ...time('append → EVENTS p50', calm.ours.eventsP50, 6), peerValue: calm.theirs.p50 }),
    result({ ...time('append → EVENTS p99', calm.ours.eventsP99, 30), peerValue: calm.theirs.p99 }),
  );

  log('as many moves as come out at both ends');
  const most = ({ journeys, send }) => flatOut(journeys, { lanes: LANES, backlog: BACKLOG, ms, send });
  const full = await inTurns(rounds, { ours: () => most(ours), theirs: () => most(theirs) });
  results.push(
    result({
      name: 'sustained',
      value: full.ours.perSecond,
      unit: 'events/s',
      peer: PEER,
      peerValue: full.theirs.perSecond,
      atLeast: 4_000,
    }),
    result({
      name: 'longest way then',
      value: full.ours.most,
      unit: 'ms',
      peer: PEER,
      peerValue: full.theirs.most,
      atMost: 1_000,
      lowerIsBetter: true,
    }),
  );
  return results;
}
