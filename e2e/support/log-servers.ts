import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { until } from './until.js';

/** The KurrentDB or EventStoreDB on which the tests run, started and killed by them. */
export class LogServers {
  private readonly children: ChildProcess[];
  private readonly nodes: string[];

  /**
   * @param url connection string; of a cluster with its nodes in the order of the commands
   * @param commands one per node, separated by semicolons; each process becomes the server itself
   */
  constructor(
    url: string,
    private readonly commands: string[],
  ) {
    this.nodes = url
      .replace(/^.*:\/\/(.*@)?/, '')
      .replace(/[/?].*$/, '')
      .split(',');
    this.children = commands.map(launch);
    process.once('exit', () => this.children.forEach((child) => child.kill('SIGKILL')));
  }

  static of({ KURRENTDB_URL, KURRENTDB_SERVER }: NodeJS.ProcessEnv): LogServers {
    return new LogServers(KURRENTDB_URL!, KURRENTDB_SERVER!.split(';'));
  }

  get cluster(): boolean {
    return this.commands.length > 1;
  }

  /** SIGKILL of the one that leads; resolves with what starts it again. */
  async kill(): Promise<() => void> {
    const index = await until(
      'a server leads',
      () => this.leader(),
      (found) => found >= 0,
    );
    const child = this.children[index]!;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    return () => void (this.children[index] = launch(this.commands[index]!));
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }),
    );
  }

  private async leader(): Promise<number> {
    if (!this.cluster) return 0;
    for (const node of this.nodes) {
      const gossip = await fetch(`http://${node}/gossip`).then(
        (response) => response.json(),
        () => undefined,
      );
      const { members = [] } = (gossip ?? {}) as { members?: { state: string; isAlive: boolean; httpEndPointPort: number }[] };
      const leader = members.find(({ state, isAlive }) => state === 'Leader' && isAlive);
      if (leader) return this.nodes.findIndex((name) => name.endsWith(`:${leader.httpEndPointPort}`));
    }
    return -1;
  }
}

function launch(command: string): ChildProcess {
  const [program, ...argv] = command.trim().split(/\s+/);
  return spawn(program!, argv, { stdio: 'ignore' });
}
