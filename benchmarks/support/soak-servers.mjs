import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const FROZEN_MS = 20_000;
const DOWN_MS = 2_000;

/** The servers that the soak starts, and ends. Without commands they are somebody else's and left alone. */
export class SoakServers {
  #children = [];
  #stopping = false;

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
    this.#children = this.commands.map((_, index) => this.#launch(index));
  }

  /** Index of the server that leads, once all of them are well: another fault before that would be two at once. */
  async leader() {
    if (this.commands.length === 1) return 0;
    for (;;) {
      const { members = [] } = await fetch(`http://${this.nodes[0]}/gossip`)
        .then((response) => response.json())
        .catch(() => ({}));
      const well = members.filter(({ state, isAlive }) => isAlive && (state === 'Leader' || state === 'Follower'));
      const leader = well.find(({ state }) => state === 'Leader');
      const index = leader ? this.nodes.findIndex((name) => name.endsWith(`:${leader.httpEndPointPort}`)) : -1;
      if (index >= 0 && well.length === this.commands.length) return index;
      await delay(200);
    }
  }

  async kill(index) {
    this.log(`kill -9 of server ${index + 1}`);
    const child = this.#children[index];
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async freeze(index) {
    this.log(`server ${index + 1} is stopped for ${FROZEN_MS / 1_000} s`);
    this.#children[index].kill('SIGSTOP');
    await delay(FROZEN_MS);
    this.#children[index].kill('SIGCONT');
  }

  async stop() {
    this.#stopping = true;
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }),
    );
  }

  /** Whatever ends it, it is started again, as a service manager does. */
  #launch(index) {
    const [command, ...argv] = this.commands[index];
    const child = spawn(command, argv, { stdio: 'ignore' });
    child.once('exit', async (code, signal) => {
      if (this.#stopping) return;
      if (signal !== 'SIGKILL') this.log(`server ${index + 1} ended by itself with ${code ?? signal}`);
      await delay(DOWN_MS);
      if (!this.#stopping) this.#children[index] = this.#launch(index);
    });
    return child;
  }
}
