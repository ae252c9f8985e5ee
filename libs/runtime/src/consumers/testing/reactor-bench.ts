import type { CommandAnswer, CommandMessage, Fact, Problem } from '@agencyos/contracts';
import type { Commands } from '../../commands/commands.js';
import { MemoryEventStore } from '../../event-store/memory-event-store.js';
import { PresentForm } from '../../event-store/present-form.js';
import type { Logger } from '../../logger.js';
import { Metrics } from '../../metrics.js';
import type { Memory, Reaction } from '../../service-definition.js';
import { Reactor } from '../reactor.js';
import { GivenFeed } from './given-facts.js';
import { MemoryTables } from './memory-tables.js';

export const NAME = 'dusk';
export const accepted = { id: '', stream: 'x-1', revision: 0, position: '1' } as CommandAnswer;
export const problem = (status: number, code: string) => ({ type: '', title: code, status, code }) as Problem;
export const refused = (status: number, code: string): CommandAnswer => ({ id: '', problem: problem(status, code) });

/** What is sent for a fact, with the fact's number. */
export const lit = (fact: Fact, data: object = fact.data): Reaction => ({
  name: 'lit',
  command: { type: 'MoveCards', data: { ...data, n: fact.data['n'] } } as never,
});

/** Refuses what is sent for the facts with these numbers, but not for good. */
export const failing =
  (...bad: number[]) =>
  (message: CommandMessage) =>
    bad.includes(Number(message.data['n'])) ? refused(500, 'internal') : accepted;

/** A reactor with all that is around it in memory: what a test gives it, and what came of it. */
export class ReactorBench {
  readonly tables = new MemoryTables();
  readonly feed = new GivenFeed();
  readonly sent: CommandMessage[] = [];
  /** Who was asked whether they are ready; undefined: this process itself. */
  readonly asked: (string | undefined)[] = [];
  answer: (message: CommandMessage) => CommandAnswer | Promise<CommandAnswer> = () => accepted;
  react: (fact: Fact, memory: Memory) => Reaction[] | Promise<Reaction[]> = (fact) => [lit(fact)];
  ready = true;
  ownCommands: string[] = [];
  reactor!: Reactor;
  running: Promise<void> = Promise.resolve();
  private ending = new AbortController();

  start(): void {
    const send = async ([message]: CommandMessage[]) => {
      this.sent.push(message!);
      return [await this.answer(message!)];
    };
    this.reactor = new Reactor(
      { name: NAME, source: 'log', categories: ['lamp'], react: (fact, memory) => this.react(fact, memory) },
      {
        ...{ database: this.tables.database, store: new MemoryEventStore(), feed: this.feed, form: new PresentForm() },
        logger: { info: () => undefined, warn: () => undefined, error: () => undefined } as unknown as Logger,
        commands: { send, handlesItself: (type: string) => this.ownCommands.includes(type) } as unknown as Commands,
        receivers: {
          ready: async (context?: string) => {
            this.asked.push(context);
            return this.ready;
          },
        },
        metrics: new Metrics('swarm'),
        clock: () => Date.now(),
      },
    );
    this.run();
  }

  /** Once more, where it has ended. */
  run(): void {
    this.ending = new AbortController();
    this.running = this.reactor.run(this.ending.signal);
    this.running.catch(() => undefined);
  }

  stop(): void {
    this.ending.abort();
  }

  get numbers() {
    return this.sent.map(({ data }) => data['n']);
  }

  get position() {
    return this.tables.rows.positions.get(NAME);
  }

  get parked() {
    return this.tables.rows.parked.map((row) => row.position);
  }
}
