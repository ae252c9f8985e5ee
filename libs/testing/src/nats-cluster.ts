import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { findNatsServer, freePort, guarded } from '@agencyos/supervisor/server-parts';
import { end, start, untilUp } from './test-process.js';

const cacheDir = join(import.meta.dirname, '../../../.cache');

/** Real servers that form a cluster with JetStream, without users: only for tests of what a cluster does. */
export interface NatsCluster {
  /** Of all nodes, comma separated. */
  urls: string;
  /** `n0`, `n1`, … */
  names: readonly string[];
  /** SIGKILL. */
  kill(name: string): Promise<void>;
  /** Starts it again on its old port and store; resolves once it takes connections. */
  restart(name: string): Promise<void>;
  stop(): Promise<void>;
}

interface Node {
  name: string;
  port: number;
  file: string;
  child?: ReturnType<typeof start>;
}

export async function startNatsCluster(size: number): Promise<NatsCluster> {
  const { path } = await findNatsServer({ cacheDir });
  const folder = await mkdtemp(join(tmpdir(), 'agencyos-cluster-'));
  const routes = await Promise.all(Array.from({ length: size }, freePort));
  const nodes: Node[] = [];
  for (const [n, route] of routes.entries()) {
    const node = { name: `n${n}`, port: await freePort(), file: join(folder, `n${n}.conf`) };
    await writeFile(node.file, configOf(node, route, routes, folder));
    nodes.push(node);
  }
  const launch = async (node: Node) => {
    const log = join(folder, `${node.name}.log`);
    node.child = start(guarded({ program: path, args: ['--config', node.file] }, 'SIGKILL'), log);
    await untilUp(node.child, log, () => answers(node.port));
  };
  const find = (name: string) => nodes.find((node) => node.name === name)!;
  await Promise.all(nodes.map(launch));
  return {
    urls: nodes.map(({ port }) => `nats://127.0.0.1:${port}`).join(),
    names: nodes.map(({ name }) => name),
    kill: (name) => end(find(name).child!, 'SIGKILL'),
    restart: (name) => launch(find(name)),
    stop: async () => {
      await Promise.all(nodes.map(({ child }) => child && end(child, 'SIGKILL')));
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const configOf = ({ name, port }: Node, route: number, routes: readonly number[], folder: string) => `
server_name: ${name}
listen: "127.0.0.1:${port}"
jetstream { store_dir: ${JSON.stringify(join(folder, name))}, max_memory_store: 64MB, max_file_store: 4GB }
cluster {
  name: agencyos
  listen: "127.0.0.1:${route}"
  routes: ${JSON.stringify(routes.map((other) => `nats-route://127.0.0.1:${other}`))}
}
`;

/** True, or undefined while it takes no connections. */
async function answers(port: number): Promise<true | undefined> {
  try {
    const connection = await connect({ servers: `nats://127.0.0.1:${port}`, timeout: 1_000, maxReconnectAttempts: 0 });
    await connection.close();
    return true;
  } catch {
    return undefined;
  }
}
