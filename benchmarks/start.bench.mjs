import { setTimeout as delay } from 'node:timers/promises';
import { Gateway } from '@agencyos/client';
import { installation as table } from '@agencyos/contracts/installation';
import { untilAnswered } from '@agencyos/testing';
import { emptyNest } from './support/empty-nest.mjs';
import { footprint, total } from './support/footprint.mjs';
import { dataFolder, startInstallation } from './support/installation.mjs';
import { median, result } from './support/measure.mjs';
import { firstCard } from './support/phone.mjs';

const PEER = 'empty NestJS process';
const SERVICES = table.services.map(({ name }) => name);

/**
 * How long `npm start` takes until everything is ready, and what the whole installation then needs while nothing
 * happens; and how long a phone takes to the first card. This is a checkout that is installed and built; the very first start, which downloads and builds, too:
 *
 *     git clone . /tmp/fresh && cd /tmp/fresh && time npm start -- --until-ready
 */
export async function run({ quick, log }) {
  if (process.platform !== 'linux') throw new Error('Memory and processor time are read from /proc: this needs Linux.');
  const rounds = quick ? 1 : 3;
  const seconds = quick ? 10 : 60;
  log('empty processes');
  const empty = await emptyNest(SERVICES.length, 10);
  const starts = { first: [], second: [] };
  let idle;
  let phone;
  for (let round = 1; round <= rounds; round++) {
    log(`starts, round ${round} of ${rounds}`);
    const folder = await dataFolder();
    for (const which of ['first', 'second']) {
      const installation = await startInstallation(folder);
      try {
        starts[which].push(installation.readyMs / 1_000);
        await atGate(installation);
        if (round === rounds && which === 'second') {
          log(`idle for ${seconds} s`);
          idle = await idleFootprint(installation, seconds);
          log('the first card on a phone');
          phone = await firstCard(installation, quick ? 1 : 3);
        }
      } finally {
        await installation.stop();
      }
    }
    await folder.discard();
  }
  return [
    result({ name: 'first start, of an installed checkout with no data', value: median(starts.first), unit: 's' }),
    result({ name: 'second start', value: median(starts.second), unit: 's', atMost: 15 }),
    result({
      name: 'first card on a phone: 1.6 Mbit/s, 150 ms, a quarter of the processor',
      value: median(phone.compressed),
      unit: 's',
      atMost: 4,
      peer: 'the same without compression',
      peerValue: median(phone.plain),
      lowerIsBetter: true,
    }),
    ...wholeResults(idle, empty),
    ...[...idle]
      .sort(([, a], [, b]) => b.mebibytes - a.mebibytes)
      .flatMap(([name, figures]) => processResults(name, figures, empty)),
  ];
}

/** The run that the first start begins waits for a person, so nobody has anything to do. */
async function atGate(installation) {
  const gateway = new Gateway({ url: installation.url, token: await installation.token() });
  await untilAnswered(async () => {
    const runs = (await gateway.view('run-list', 'all')).list('run');
    return runs.some(({ tasks }) => tasks.waiting > 0 && tasks.running === 0);
  });
}

async function idleFootprint(installation, seconds) {
  await delay(10_000); // what belongs to the start is over by then
  const { pid: supervisor } = await installation.supervisor();
  const names = new Map([
    [installation.pid, 'npm'],
    [supervisor, 'supervisor'],
  ]);
  for (const { name, pid } of await installation.processes()) names.set(pid, name);
  return footprint(installation.pid, names, seconds);
}

function wholeResults(idle, empty) {
  const services = new Map([...idle].filter(([name]) => SERVICES.includes(name)));
  const six = `${SERVICES.length} × ${PEER}`;
  const peer = { peer: six, lowerIsBetter: true };
  return [
    result({
      name: 'idle memory of everything (PSS)',
      value: total(idle, ({ mebibytes }) => mebibytes),
      unit: 'MiB',
      atMost: 1.2 * 1_024,
    }),
    result({
      name: 'idle memory of the services',
      value: total(services, ({ mebibytes }) => mebibytes),
      unit: 'MiB',
      ...peer,
      peerValue: SERVICES.length * empty.mebibytes,
    }),
    result({
      name: 'idle CPU of everything',
      value: total(idle, ({ cpuPercent }) => cpuPercent),
      unit: '% of a core',
      atMost: 5,
    }),
  ];
}

function processResults(name, { mebibytes, cpuPercent }, empty) {
  const peer = SERVICES.includes(name) && { peer: PEER, peerValue: empty.mebibytes, lowerIsBetter: true };
  return [
    result({ name: `idle memory of ${name}`, value: mebibytes, unit: 'MiB', ...peer }),
    result({ name: `idle CPU of ${name}`, value: cpuPercent, unit: '% of a core' }),
  ];
}
