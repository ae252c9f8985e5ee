import { agentCommands, agentEvents, agentsView, UnknownEventVersion, type PublishedCommand } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import type { Projection, Reactions, ServiceDefinition } from '../service-definition.js';
import { corpus, frozenEvents, type History } from './histories.js';
import { replay } from './replay.js';

const decider = {
  initialState: 0,
  decide: () => [],
  evolve: (registrations: number) => registrations + 1,
};
const agents = (more: Partial<ServiceDefinition> = {}): ServiceDefinition => ({
  name: 'swarm',
  aggregates: [{ category: 'agent', commands: agentCommands, events: agentEvents, decider }],
  ...more,
});
const projection = (row: object): Projection => ({
  name: 'agents',
  version: 1,
  views: [agentsView],
  categories: ['agent'],
  project: ({ data }, rows) => rows.put('agents', 'all', `agent/${String(data['agentId'])}`, row),
});
const reaction = (data: object): Reactions => ({
  name: 'echo',
  source: 'log',
  categories: ['agent'],
  react: () => [{ name: 'echo', command: { type: 'RegisterAgent', data } as PublishedCommand }],
});

const histories = await frozenEvents();
const registered = histories.find(({ name }) => name === 'AgentRegistered.v1')!;
const written = (schema: number): History => ({
  ...registered,
  events: registered.events.map((event) => ({ ...event, schema })),
});

describe('a history given to a service', () => {
  it('is folded by its aggregates', async () => {
    const { states } = await replay(() => agents(), registered);
    expect([...states]).toEqual([['agent-command-1', 1]]);
  });

  it('may not end in rows that their views do not allow', async () => {
    const define = () => agents({ projections: [projection({ agentId: 'one' })] });
    await expect(replay(define, registered)).rejects.toThrow('the row agents all agent/command-1 is not what its view says');
  });

  it('may not end in commands that nobody would take', async () => {
    const define = () => agents({ reactions: [reaction({ agentId: 'one' })] });
    await expect(replay(define, registered)).rejects.toThrow('the command RegisterAgent is not valid');
  });

  it('may not hold what the service does not know', async () => {
    await expect(replay(() => agents(), written(2))).rejects.toThrow(UnknownEventVersion);
    await expect(replay(() => agents({ aggregates: [] }), written(2))).resolves.toBeDefined();
  });
});

describe('what was recorded', () => {
  it('is every frozen event, after the beginning of its stream', () => {
    const leased = histories.find(({ name }) => name === 'TaskScheduled.v1')!;
    expect(leased.events.map(({ type }) => type)).toEqual(['RunStarted', 'TasksPlanned', 'TaskScheduled']);
    expect(new Set(leased.events.map(({ stream }) => stream)).size).toBe(1);
    expect(histories.length).toBeGreaterThan(80);
  });

  it('is whole logs', async () => {
    const [first] = await corpus();
    expect(first).toMatchObject({ name: '0.1.0/first-day' });
    expect(first!.events.length).toBe(290);
    expect(first!.contents.length).toBe(3);
  });
});
