import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allCommands, allEvents, newId, type CommandAnswer } from '@agencyos/contracts';
import type { Decider } from '@agencyos/decider';
import { until } from '@agencyos/testing';
import { KurrentDbDouble } from '@agencyos/testing/kurrentdb';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import fc from 'fast-check';
import { createLogger, createServiceRuntime, readConfig, type ServiceDefinition, type ServiceRuntime } from '../src/index.js';
import { publishedCommands, type Written } from './text-doors.js';

type Message = { type: string; data: Record<string, unknown> };
/** Records whatever it is told: what a schema lets through is what any decider may have to record. */
const recordsAll = (type: string): Decider<Message, null, Message> => ({
  initialState: null,
  decide: ({ type: command, data }) => [{ type, data: { ...data, command } }],
  evolve: () => null,
});

const aggregates: ServiceDefinition['aggregates'] = allCommands.map((commands) => {
  const events = allEvents.find(({ context, aggregate }) => context === commands.context && aggregate === commands.aggregate)!;
  const [type = ''] = Object.keys(events.types);
  return { category: commands.aggregate, commands, events, decider: recordsAll(type), idOf: () => newId() };
});
const categories = aggregates.map(({ category }) => category);

/** A view, a memory and a timer of each fact: everything that PostgreSQL keeps of one. */
const service: ServiceDefinition = {
  name: 'swarm',
  aggregates,
  projections: [
    {
      ...{ name: 'doors', version: 1, categories },
      views: [{ kind: 'doors', context: 'swarm', permission: 'run:read', id: 'all', rows: {} }],
      project: ({ data, metadata }, rows) => rows.put('doors', 'all', metadata.commandId, { data, metadata }),
    },
  ],
  reactions: [
    {
      ...{ name: 'remember', source: 'log', categories },
      react: ({ data, metadata }, memory) => (memory.set(metadata.commandId, { data, metadata }), []),
    },
  ],
  timers: [
    {
      ...{ name: 'some-day', categories },
      on: ({ data, metadata: { commandId: key } }) => [
        {
          set: { kind: 'door', key, dueAt: '2999-01-01T00:00:00.000Z', command: { type: 'RegisterAgent', data: data as never } },
        },
      ],
    },
  ],
};

let servers: TestServers;
beforeAll(async () => {
  servers = await startTestServers();
});
afterAll(() => servers?.stop());

/** Half of a pair, NUL, what reorders text, and the rest of what there is. */
const anyText = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('\0', '\ud83d', '\udc00', 'a\0b', '\u202e', '', ' ', '__proto__', 'constructor', '🚀'.repeat(2_100)),
);
const anyCommand = fc.record({ of: fc.nat(), door: fc.nat(), text: anyText }).map(({ of, door, text }) => {
  const command = publishedCommands[of % publishedCommands.length]!;
  return { command, written: { door: door % command.doors, text } };
});

const realServer = process.env['KURRENTDB_URL'];
const name = 'any string through every text door of every command, the log on %s (faults 1 and 2)';
const isBusy = (answer: CommandAnswer) => 'problem' in answer && answer.problem.code === 'busy';
const suite = (store: string) => {
  let double: KurrentDbDouble | undefined;
  let runtime: ServiceRuntime;
  const accepted: string[] = [];

  beforeAll(async () => {
    if (store === 'the double of KurrentDB') double = await KurrentDbDouble.start();
    const log = store === 'KurrentDB' ? realServer : double?.url;
    const config = readConfig('swarm', {
      ...{ NATS_URL: servers.natsUrl, NATS_NKEY_FILE: servers.nkeyFile('swarm'), LOG_LEVEL: 'silent' },
      ...{ DATABASE_URL: await servers.createDatabase(), ...(log && { KURRENTDB_URL: log }) },
    });
    runtime = await createServiceRuntime(() => service, config, createLogger(config));
    runtime.start();
  });
  afterAll(async () => {
    await runtime?.stop();
    double?.stop();
  });

  /** As it comes over the wire. @returns the answers, none of which is a fault of ours */
  async function send(written: { command: (typeof publishedCommands)[number]; written?: Written }[]): Promise<CommandAnswer[]> {
    const messages = written.map(({ command: { type, with: withText }, written }) => {
      const { data, metadata } = withText(written);
      return { id: newId(), type, data, metadata };
    });
    // As the service itself, which may send every command of its own.
    const answers = await answersTo(JSON.parse(JSON.stringify(messages)) as { id: string }[]);
    for (const answer of answers) {
      if (!('problem' in answer)) accepted.push(answer.id);
      else expect(answer.problem).toMatchObject({ status: expect.any(Number), code: expect.not.stringMatching(/^internal/) });
    }
    return answers;
  }

  /** A slow machine is busy now and then: those are sent again, as everybody does. */
  async function answersTo(messages: { id: string }[]): Promise<CommandAnswer[]> {
    const answers = (await runtime.host.receive(messages, 'swarm')) as CommandAnswer[];
    const busy = messages.filter((_, index) => isBusy(answers[index]!));
    if (busy.length === 0) return answers;
    const later = await answersTo(busy);
    return answers.map((answer) => (isBusy(answer) ? later.shift()! : answer));
  }

  it('knows a text door of every published command, and every command takes plain words there', async () => {
    const answers: CommandAnswer[] = [];
    for (const part of chunks(publishedCommands)) answers.push(...(await send(part.map((command) => ({ command })))));
    const refused = publishedCommands.flatMap(({ type }, index) => {
      const answer = answers[index]!;
      return 'problem' in answer ? [`${type}: ${answer.problem.detail}`] : [];
    });
    expect(refused).toEqual([]);
    // Of a command without any text in its data, those of its metadata.
    expect(Math.min(...publishedCommands.map(({ doors }) => doors))).toBe(4);
  });

  it.each(['a\0b', '\ud83d', '\udc00b'])('refuses %j at each of them, and names the place', async (text) => {
    const all = publishedCommands.flatMap((command) =>
      Array.from({ length: command.doors }, (_, door) => ({ command, written: { door, text } })),
    );
    for (const part of chunks(all)) {
      for (const answer of await send(part))
        expect(answer).toMatchObject({ problem: { code: 'invalid', status: 422, field: expect.any(String) } });
    }
  });

  it('answers every command, and shows, remembers and times every accepted one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyCommand, { minLength: 40, maxLength: 90 }), async (commands) => void (await send(commands))),
      { numRuns: 8 },
    );
    expect(accepted.length).toBeGreaterThan(publishedCommands.length);
    for (const query of [
      `SELECT count(*)::int AS n FROM view_row WHERE kind = 'doors' AND key = ANY ($1)`,
      `SELECT count(*)::int AS n FROM memory WHERE key = ANY ($1)`,
      `SELECT count(*)::int AS n FROM timer WHERE key = ANY ($1)`,
    ])
      await until(async () => ((await runtime.database.query(query, [accepted])) as [{ n: number }])[0].n === accepted.length);
    expect(await runtime.consumers.parked()).toMatchObject({ parked: [] });
  });
};
describe.each(['PostgreSQL', 'the double of KurrentDB'])(name, suite);
(realServer ? describe : describe.skip).each(['KurrentDB'])(name, suite);

function* chunks<T>(items: readonly T[]): Generator<T[]> {
  for (let at = 0; at < items.length; at += 100) yield items.slice(at, at + 100);
}
