import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { agentCommands, agentEvents, LIMITS, newId, subjects } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { AggregateHost } from '../src/commands/aggregate-host.js';
import type { RefusedCommand } from '../src/commands/command-host.js';
import { Bus, CommandHost, Commands, MessageTooLarge, Metrics, readConfig, type Logger } from '../src/index.js';

interface Line {
  level: string;
  fields: Record<string, unknown>;
}
const lines: Line[] = [];
const logger = Object.fromEntries(
  ['debug', 'info', 'warn', 'error'].map((level) => [
    level,
    (fields: Record<string, unknown>) => void lines.push({ level, fields }),
  ]),
) as unknown as Logger;
const refusals: RefusedCommand[] = [];
const aggregate = {
  category: 'agent',
  commands: agentCommands,
  events: agentEvents,
  decider: { initialState: {}, decide: () => [], evolve: () => ({}) },
};
// What is refused before a decision needs neither log nor clock.
const agents = new AggregateHost(aggregate, { logger, deadlineMs: 1_000 } as never);
const host = new CommandHost('swarm', new Map([['RegisterAgent', agents]]), {
  logger,
  metrics: new Metrics('swarm'),
  recordRefusal: (refusal) => void refusals.push(refusal),
});

let servers: TestServers;
let bus: Bus;
beforeAll(async () => {
  servers = await startTestServers({ postgres: false });
  bus = await Bus.connect(readConfig('swarm', servers.environment('swarm')), logger);
});
afterAll(async () => {
  await bus?.close();
  await servers?.stop();
});
beforeEach(() => {
  lines.length = 0;
  refusals.length = 0;
});

const logged = (holds: (line: Line) => boolean): Promise<Line> => until(() => lines.find(holds), Boolean, holds);

describe('bad messages (numbers of the list in the reliability notes)', () => {
  it('30 over the server’s limit fail at the publisher, who is told where large content belongs', async () => {
    const large = { text: 'x'.repeat(1_100_000) };
    const subject = subjects.view('board', 'x');
    expect(() => bus.publish(subject, large)).toThrow(MessageTooLarge);
    expect(() => bus.publish(subject, large)).toThrow(/1100011 bytes, at most 1048576: put its content into the content store/);
    await expect(bus.request(subject, large, 100)).rejects.toThrow('content store');
  });

  it('30 a command that is too large is refused before it is sent', async () => {
    const commands = new Commands('swarm', host, bus, 1_000);
    const data = { boardId: newId(), cards: [{ title: 'x'.repeat(LIMITS.commandBytes) }] };
    await expect(commands.execute('AddCards', data)).rejects.toMatchObject({
      ...{ code: 'invalid', status: 413 },
      details: { limit: LIMITS.commandBytes, detail: expect.stringContaining('refer to its digest') },
    });
  });

  it('31 a sender who states another identity is refused, as a security event', async () => {
    const id = newId();
    const data = { agentId: 'command-2', kind: 'command', roles: ['check'], build: '1', maxConcurrent: 1 };
    const forged = { id, type: 'RegisterAgent', data, metadata: { actor: 'agent:command-2' } };
    expect(await host.receive(forged, 'agent_command-1', 'agent')).toMatchObject({
      id,
      problem: { code: 'forbidden', status: 403, field: 'metadata.actor' },
    });
    expect(lines).toMatchObject([{ level: 'warn', fields: { security: true, code: 'forbidden', sender: 'agent_command-1' } }]);
    expect(refusals).toMatchObject([{ commandId: id, stream: 'agent-command-2', code: 'forbidden' }]);
  });

  it.each([
    ['NUL in a value', { build: 'a\0b' }, {}, 'build'],
    ['half of a pair in a value', { build: '\ud83d' }, {}, 'build'],
    ['half of a pair in a name', { 'x\udc00': 1 }, {}, 'x\ufffd'],
    ['a number that is another one here', { maxConcurrent: JSON.parse('9007199254740993') as number }, {}, 'maxConcurrent'],
    ['NUL in a causation id', {}, { causationId: '\0' }, 'metadata.causationId'],
    ['half of a pair in a correlation id', {}, { correlationId: '\ude80x' }, 'metadata.correlationId'],
    ['NUL in the trace', {}, { tracestate: 'a=\0' }, 'metadata.tracestate'],
  ])(
    'a command with %s is refused with the place, and its refusal can be recorded (faults 1, 2 and 3)',
    async (_, wrong, metadata, field) => {
      const data = { agentId: 'command-1', kind: 'command', roles: ['check'], build: '1', maxConcurrent: 1, ...wrong };
      const answer = await host.receive({ id: newId(), type: 'RegisterAgent', data, metadata }, 'agent_command-1', 'agent');
      expect(answer).toMatchObject({ problem: { code: 'invalid', status: 422, field } });
      expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
      expect(refusals).toHaveLength(1);
    },
  );

  it.each([
    ['32 a subject of somebody else', subjects.command('approvals', 'approval', 'gateway')],
    ['33 a forged approval', subjects.event('approvals', 'approval', 'ApprovalGranted', newId())],
  ])('%s is refused by the server and logged as a security event', async (_, subject) => {
    bus.publish(subject, { forged: true });
    const { level, fields } = await logged(({ fields: { error } }) => JSON.stringify(error ?? '').includes(subject));
    expect({ level, security: fields['security'] }).toEqual({ level: 'error', security: true });
    expect(bus.connected).toBe(true);
  });

  it('32 a server that forbids nothing is refused at the start, where that is looked at', async () => {
    const probing = (principal: string) => ({
      ...servers.environment('swarm'),
      NATS_NKEY_FILE: servers.nkeyFile(principal),
      NATS_PROBE: '1',
    });
    await expect(Bus.connect(readConfig('swarm', probing('test')), logger)).rejects.toThrow(
      /NATS lets swarm use agencyos\.cmd\.probe\.permissions\.not_swarm and agencyos\.cmd\.>, .*load the product's accounts/,
    );
    await (await Bus.connect(readConfig('swarm', probing('swarm')), logger)).close();
  });
});
