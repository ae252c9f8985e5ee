import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createServer as createTlsServer } from 'node:tls';

const BRIDGE = '10.42.0.1';
/** Its own, or it would take on that of one cable after the other, and pods would talk to the one before. */
const BRIDGE_MAC = '02:00:0a:2a:00:01';
export const DNS_ADDRESS = '10.43.0.10';

/** Where Services lead, `address:port` to `address:port` or to the path of a socket, and what addresses names have. */
export interface Reachable {
  services: Record<string, string[]>;
  names: Record<string, string[]>;
}

/** A port of 127.0.0.1 that is reached out of the network as well, by TLS. */
export interface Outside {
  port: number;
  key: string;
  cert: string;
}

/** A network of its own for each pod. */
export interface PodNetwork {
  address: string;
  /** What runs a program in it. */
  enter: string[];
  remove(): Promise<void>;
}

const nsenter = (pid: number) => ['nsenter', '--target', String(pid), '--user', '--net', '--preserve-credentials', '--'];

/**
 * The network of the double's only machine, a network namespace of the kernel that an ordinary user may make: a bridge with
 * a cable to each pod, and all addresses of Services led to a process there. It ends with this process, whatever ends it.
 */
export class Network {
  private pods = 0;
  private asked: Promise<void> = Promise.resolve();

  private constructor(
    private readonly machine: ChildProcess,
    private readonly lines: NodeJS.AsyncIterator<string>,
    private readonly dialPath: string,
    /** Path of the socket that leads outside. */
    readonly outside: string,
    private readonly door: Server,
  ) {}

  /** @throws Error with the kernel's own words where such networks are forbidden */
  static async open(folder: string, outside: Outside = { port: 0, key: '', cert: '' }): Promise<Network> {
    const [dialPath, outsidePath] = [join(folder, 'dial'), join(folder, 'outside')];
    const setUp = [
      'set -e',
      'ip link set lo up',
      `ip link add cluster0 address ${BRIDGE_MAC} type bridge`,
      `ip address add ${BRIDGE}/16 dev cluster0`,
      'ip link set cluster0 up',
      'ip route add local 10.43.0.0/16 dev lo',
      'exec "$@"',
    ].join('\n');
    const program = [process.execPath, join(import.meta.dirname, 'machine.mjs'), dialPath, DNS_ADDRESS];
    const args = ['--user', '--map-root-user', '--net', '--', 'sh', '-c', setUp, 'sh', ...program];
    const machine = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' });
    let said = '';
    machine.stderr.on('data', (text: Buffer) => (said += String(text)));
    const lines = createInterface({ input: machine.stdout })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.value !== 'ready') throw new Error(`No network for a cluster's double can be made here: ${said.trim()}`);
    const door = createTlsServer(outside, (from) => {
      const to = connect(outside.port, '127.0.0.1');
      for (const end of [from, to]) end.on('error', () => [from, to].forEach((one) => one.destroy()));
      from.pipe(to).pipe(from);
    });
    await once(door.listen(outsidePath), 'listening');
    return new Network(machine, lines, dialPath, outsidePath, door);
  }

  /** Resolves once it is so. */
  lead(reachable: Reachable): Promise<void> {
    return (this.asked = this.asked.then(async () => {
      this.machine.stdin!.write(`${JSON.stringify(reachable)}\n`);
      await this.lines.next();
    }));
  }

  /** A connection to there. @throws Error when it is refused */
  async dial(target: string): Promise<Socket> {
    const socket = connect({ path: this.dialPath, allowHalfOpen: true });
    socket.write(`${target}\n`);
    await new Promise<void>((resolve, reject) => {
      const refused = () => reject(new Error(`connection to ${target} refused`));
      socket.once('close', refused).once('error', refused);
      // It is readable at its end, too: then there is nothing to read.
      socket.once('readable', () => (socket.read(1) === null ? socket.destroy() : resolve()));
    });
    socket.on('error', () => undefined);
    return socket;
  }

  /** A port of 127.0.0.1 that leads there, as `kubectl port-forward` makes one. */
  async forward(target: string): Promise<{ port: number; close(): void }> {
    const open = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (from) => {
      open.add(from);
      from.once('close', () => open.delete(from)).on('error', () => undefined);
      this.dial(target).then(
        (to) => {
          from.once('close', () => to.destroySoon());
          to.once('close', () => from.destroySoon());
          from.pipe(to).pipe(from);
        },
        () => from.resetAndDestroy(),
      );
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const close = () => {
      server.close();
      for (const socket of open) socket.destroy();
    };
    return { port: (server.address() as AddressInfo).port, close };
  }

  async addPod(): Promise<PodNetwork> {
    const n = this.pods++ + 2;
    const [address, cable] = [`10.42.${n >> 8}.${n & 255}`, `pod${n}`];
    const machine = nsenter(this.machine.pid!);
    const plug = [
      'ip link set lo up',
      `ip address add ${address}/16 dev eth0`,
      'ip link set eth0 up',
      `ip route add default via ${BRIDGE}`,
      'echo ready',
      'exec cat',
    ].join(' && ');
    // `cat` holds it open, and ends with this process.
    const holder = [...machine, 'unshare', '--net', '--', 'sh', '-c', `echo made && read _ && ${plug}`];
    const pod = spawn(holder[0]!, holder.slice(1), { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/' });
    const said = createInterface({ input: pod.stdout })[Symbol.asyncIterator]();
    await said.next();
    await run([...machine, 'ip', 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pod.pid)]);
    await run([...machine, 'ip', 'link', 'set', cable, 'master', 'cluster0', 'up']);
    pod.stdin.write('\n');
    if ((await said.next()).value !== 'ready') throw new Error('a network for a pod could not be made');
    const remove = async () => {
      if (pod.exitCode !== null) return;
      const ended = once(pod, 'exit');
      pod.stdin.end();
      await ended;
    };
    return { address, enter: nsenter(pod.pid!), remove };
  }

  async close(): Promise<void> {
    const ended = once(this.machine, 'exit');
    this.machine.stdin!.end();
    await ended;
    this.door.close();
  }
}

async function run([program, ...args]: string[]): Promise<void> {
  const child = spawn(program!, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += String(text)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${args.join(' ')}: ${said.trim()}`);
}
