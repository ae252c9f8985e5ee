// Part of the double of a cluster, in the network that all its pods share: answers the names of Services, leads the
// connections to their addresses to pods that are ready, and opens connections for the double itself, which is outside.
// What there is comes as JSON lines on standard input, and it ends with that.
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { answerTo } from './dns.mjs';

const [, , dialPath, dnsAddress] = process.argv;
/** @type {Map<string, {targets: string[], next: number, server: import('node:net').Server}>} by `address:port` */
const services = new Map();
let names = {};

const dns = createSocket('udp4', (question, from) => {
  const answer = answerTo(question, names);
  if (answer) dns.send(answer, from.port, from.address);
});
const listening = [new Promise((resolve) => dns.bind(53, dnsAddress, resolve))];

/** Whoever comes says where to, in one line, and is told `+` once connected. */
const dialled = createServer({ allowHalfOpen: true }, (from) => {
  from.once('error', () => undefined);
  from.once('data', (line) => {
    from.pause();
    const to = connectTo(String(line).trim());
    to.once('connect', () => {
      from.write('+');
      join(from, to);
    });
    to.once('error', () => from.destroy());
  });
});
listening.push(new Promise((resolve) => dialled.listen(dialPath, resolve)));

/** @param {string} target `address:port`, or the path of a socket */
function connectTo(target) {
  if (target.startsWith('/')) return connect({ path: target, allowHalfOpen: true });
  const [host, port] = target.split(':');
  return connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
}

function join(one, other) {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ]) {
    from.once('error', () => to.destroy());
    from.once('close', () => to.destroySoon());
    from.pipe(to);
  }
}

/** As the kernel does by its rules: each connection to one of those that are ready, by turns; refused where none is. */
function lead(service, from) {
  const to = connectTo(service.targets[service.next++ % service.targets.length]);
  to.once('connect', () => join(from, to));
  to.once('error', () => from.resetAndDestroy());
  from.once('error', () => to.destroy());
}

async function change(wanted) {
  names = wanted.names;
  for (const [place, { server }] of services) {
    if (wanted.services[place]?.length > 0) continue;
    services.delete(place);
    server.close(); // what is connected already stays
  }
  for (const [place, targets] of Object.entries(wanted.services)) {
    const known = services.get(place);
    if (known) known.targets = targets;
    if (known || targets.length === 0) continue;
    const [host, port] = place.split(':');
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (from) => lead(service, from));
    const service = { targets, next: 0, server };
    services.set(place, service);
    await new Promise((resolve) => server.listen(Number(port), host, resolve));
  }
}

await Promise.all(listening);
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  await change(JSON.parse(line));
  console.log('changed');
}
process.exit(0);
