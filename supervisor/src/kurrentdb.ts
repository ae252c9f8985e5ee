import { connect } from 'node:net';
import { note } from '../bin/progress.mjs';

const probeTimeoutMs = 2_000;

/** The services look for it only when they have come so far: whoever starts them is told at once that it is away. */
export async function tellIfAway(url: string): Promise<void> {
  if (url.includes('+discover')) return; // its members are found by DNS, by the client
  const nodes = url
    .replace(/^\w+:\/\//, '')
    .replace(/^[^@/?]*@/, '')
    .split(/[/?]/)[0]!
    .split(',');
  const answers = await Promise.all(nodes.map(accepts));
  if (!answers.includes(true)) note(`KurrentDB does not answer at ${nodes.join(', ')}: the services wait for it`);
}

function accepts(node: string): Promise<boolean> {
  const [, host, port = '2113'] = /^(.*?)(?::(\d+))?$/.exec(node)!;
  return new Promise((resolve) => {
    const socket = connect({ host: host!.replace(/^\[|\]$/g, ''), port: Number(port) });
    const settle = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(probeTimeoutMs, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('connect', () => settle(true));
  });
}
