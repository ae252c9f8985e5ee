import { agentsOf, installation as table, processesOf } from '@agencyos/contracts/installation';
import { dataFolder, startInstallation } from './support/installation.mjs';
import { IncidentLog } from './support/incident-log.mjs';
import { allowRestarts, killForHealer, killForSupervisor } from './support/kills.mjs';
import { LEASE_S, publishLongTask, startLongTask, takenUpAgain } from './support/long-task.mjs';
import { median, percentile, result } from './support/measure.mjs';
import { plainRestarts } from './support/plain-supervisor.mjs';

const PEER = 'plain supervisor';
const WORKERS = agentsOf(table).map(({ name }) => name);
const restartedBy = (by) => processesOf(table).flatMap((row) => (row.restartedBy === by ? [row.name] : []));
const SUPERVISED = restartedBy('supervisor');
const SERVICES = restartedBy('healer').filter((name) => !WORKERS.includes(name));

/**
 * `kill -9` of every process of a whole installation, again and again: until it is noticed, until it is repaired and
 * proved, and until a killed worker's task is taken up again. Beside it what a supervisor needs that only starts the
 * same command again.
 */
export async function run({ quick, log }) {
  const kills = quick ? 3 : 20;
  const plainRounds = { rounds: quick ? 1 : 3, log };
  const before = await plainRestarts(plainRounds);
  const folder = await dataFolder();
  const installation = await startInstallation(folder);
  const incidents = await IncidentLog.of(installation);
  const samples = new Map([...SERVICES, ...WORKERS, ...SUPERVISED].map((name) => [name, []]));
  const takeUps = [];
  try {
    const client = { url: installation.url, token: await installation.token(), dataDir: installation.dataDir };
    await allowRestarts(client, incidents, kills);
    await publishLongTask(client);
    for (let round = 1; round <= kills; round++) {
      log(`kills, round ${round} of ${kills}`);
      const share = (round - 0.5) / kills;
      const record = (name, sample) => samples.get(name).push(sample);
      takeUps.push(await killRound({ installation, incidents, client, share, record }));
    }
  } finally {
    await incidents.stop();
    await installation.stop();
    await folder.discard();
  }
  const after = await plainRestarts(plainRounds);
  const plain = new Map([...before].map(([name, seconds]) => [name, median([...seconds, ...after.get(name)])]));
  return [...perProcess(samples, plain), ...phases(samples), ...takenUp(takeUps)];
}

/** Each process once. @returns seconds until the killed worker's task was taken up again */
async function killRound({ installation, incidents, client, share, record }) {
  const heal = (name) => killForHealer(installation, incidents, name, share);
  // The next is killed as soon as the last one runs again, while its proof is still awaited.
  const inTurn = async (names) => {
    const proofs = [];
    for (const name of names) {
      const { proved } = await heal(name);
      proofs.push(proved.then((sample) => record(name, sample)));
      proofs.at(-1).catch(() => undefined); // awaited below
    }
    await Promise.all(proofs);
  };
  await installation.whole();
  await inTurn(SERVICES);

  await installation.whole();
  const task = await startLongTask(client, incidents);
  const from = incidents.length;
  const { killedAt, proved } = await heal(task.worker);
  const takenAt = await takenUpAgain(task, from, incidents);
  record(task.worker, await proved);
  await inTurn(WORKERS.filter((name) => name !== task.worker));

  for (const name of SUPERVISED) {
    await installation.whole();
    record(name, await killForSupervisor(installation, incidents, name));
  }
  return (takenAt - killedAt) / 1_000;
}

function perProcess(samples, plain) {
  return [...samples].flatMap(([name, all]) => {
    const of = (phase) => all.map((sample) => sample[phase]);
    const repaired = { unit: 's', peer: PEER, peerValue: plain.get(name), lowerIsBetter: true };
    return [
      result({ name: `${name} noticed p50`, value: median(of('noticed')), unit: 's' }),
      result({ name: `${name} noticed p99`, value: percentile(of('noticed'), 0.99), unit: 's', atMost: 3 }),
      result({ name: `${name} runs again p50`, value: median(of('again')), ...repaired }),
      result({ name: `${name} repaired and proved p50`, value: median(of('proved')), ...repaired }),
      result({ name: `${name} repaired and proved p99`, value: percentile(of('proved'), 0.99), unit: 's', atMost: 10 }),
    ];
  });
}

/** Where the time goes, over all that the healer has restarted. */
function phases(samples) {
  const healed = [...SERVICES, ...WORKERS].flatMap((name) => samples.get(name));
  const spent = (name, pick) => result({ name: `of it: ${name} p50`, value: median(healed.map(pick)), unit: 's' });
  return [
    spent('noticing', ({ noticed }) => noticed),
    spent('deciding', ({ noticed, told }) => told - noticed),
    spent('starting again', ({ told, again }) => again - told),
    spent('recording that', ({ again, verifying }) => verifying - again),
    spent('proving', ({ verifying, proved }) => proved - verifying),
  ];
}

function takenUp(takeUps) {
  const lease = { unit: 's', peer: 'lease', peerValue: LEASE_S, lowerIsBetter: true };
  return [
    result({ name: 'task of a killed worker taken up again p50', value: median(takeUps), ...lease }),
    result({
      name: 'task of a killed worker taken up again, longest',
      value: Math.max(...takeUps),
      atMost: LEASE_S + 1,
      ...lease,
    }),
  ];
}
