import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const FROZEN_MS = 20_000;
const DOWN_MS = 2_000;

/** The servers that the soak starts, and ends. Without commands they are somebody else's and left alone. */
export class SoakServers {
  #children = [];

  /** @param commands split at white space; the processes become the servers themselves */
  constructor(commands, url, log) {
    this.commands = commands.map((command) => command.split(/\s+/));
    this.nodes = url
      .replace(/^.*:\/\/(.*@)?/, '')
      .replace(/[/?].*$/, '')
      .split(',');
    this.log = log;
    process.once('exit', () => this.#children.forEach((child) => child.kill('SIGKILL')));
  }

  start() {
    this.#children = this.commands.map(launch);
  }

  /** Index of the server that leads. */
  async leader() {
    if (this.commands.length === 1) return 0;
    for (;;) {
      for (const node of this.nodes) {
        const { members = [] } = await fetch(`http://${node}/gossip`)
          .then((response) => response.json())
          .catch(() => ({}));
        const leader = members.find(({ state, isAlive }) => state === 'Leader' && isAlive);
        const index = leader
          ? this.nodes.findIndex((name) => name.endsWith(`:${leader.httpEndPointPort}`))
          : -1;
        if (index >= 0) return index;
      }
      await delay(200);
    }
  }

  async kill(index) {
    const child = this.#children[index];
    this.log(`kill -9 of server ${index + 1}`);
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error('the server had ended by itself');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await delay(DOWN_MS);
    this.#children[index] = launch(this.commands[index]);
  }

  async freeze(index) {
    this.log(`server ${index + 1} is stopped for ${FROZEN_MS / 1_000} s`);
    this.#children[index].kill('SIGSTOP');
    await delay(FROZEN_MS);
    this.#children[index].kill('SIGCONT');
  }

  async stop() {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }),
    );
  }
}

function launch([command, ...argv]) {
  return spawn(command, argv, { stdio: 'ignore' });
}
