import {
  describeCommand,
  describeView,
  parseStream,
  type Fact,
  type PublishedCommand,
  type ViewDefinition,
} from '@agencyos/contracts';
import { factOf } from '../consumers/feed.js';
import { PresentEventStore, PresentForm, type RecordedEvent } from '../event-store/index.js';
import type { Memory, ServiceDefinition } from '../service-definition.js';
import type { RuntimeCore } from '../service-runtime.js';
import { storesOf, type History } from './histories.js';
import { MemoryRows } from './memory-rows.js';

export interface Replayed {
  /** What every stream of the service's own aggregates folds to. */
  states: Map<string, unknown>;
  rows: MemoryRows;
  /** What reactions and timers asked for. */
  commands: PublishedCommand[];
}

/** What reactions do beside sending commands; a history is not done again. */
export type Effects = Partial<Pick<RuntimeCore, 'bus' | 'database' | 'views'>>;

/**
 * Gives a history to everything of a service that reads the log: each fold, projection, reaction and timer of today.
 * @throws whatever one of them throws, and Error when a row or a command is not what the contracts say
 */
export async function replay(
  define: (core: RuntimeCore) => ServiceDefinition,
  history: History,
  effects: Effects = {},
): Promise<Replayed> {
  const { log, content } = await storesOf(history);
  const form = new PresentForm();
  const store = new PresentEventStore(log, form);
  const config = { installationId: history.installationId };
  const definition = define({ store, content, config, ...effects } as unknown as RuntimeCore);
  form.owns(definition.aggregates.map(({ category }) => category));

  const { events } = await store.readAll(0n, { limit: Number.MAX_SAFE_INTEGER });
  const facts = events.map(factOf);
  const rows = await project(definition, facts);
  return { states: fold(definition, events), rows, commands: await react(definition, facts) };
}

function fold({ aggregates }: ServiceDefinition, events: readonly RecordedEvent[]): Map<string, unknown> {
  const states = new Map<string, unknown>();
  for (const { stream, type, data, revision, metadata } of events) {
    const aggregate = aggregates.find(({ category }) => category === parseStream(stream).category);
    if (!aggregate) continue;
    const { recordedAt, actor } = metadata;
    const before = states.get(stream) ?? aggregate.decider.initialState;
    states.set(stream, aggregate.decider.evolve(before, { type, data }, { revision, recordedAt, actor }));
  }
  return states;
}

async function project({ projections = [] }: ServiceDefinition, facts: readonly Fact[]): Promise<MemoryRows> {
  const rows = new MemoryRows();
  for (const fact of facts) {
    for (const projection of projections) {
      if (concerns(projection.categories, fact)) await projection.project(fact, rows);
    }
  }
  const views = new Map(projections.flatMap((one) => one.views.map((view) => [view.kind, view] as const)));
  for (const { kind, id, key, value } of rows.all()) checkRow(views.get(kind), `${kind} ${id} ${key}`, key, value);
  return rows;
}

async function react({ reactions = [], timers = [] }: ServiceDefinition, facts: readonly Fact[]) {
  const commands: PublishedCommand[] = [];
  const memories = reactions.map(() => memory());
  for (const fact of facts) {
    for (const [index, { categories, react }] of reactions.entries()) {
      if (!concerns(categories, fact)) continue;
      for (const { command } of await react(fact, memories[index]!)) commands.push(command);
    }
    for (const { categories, on } of timers) {
      if (!concerns(categories, fact)) continue;
      for (const op of on(fact)) if ('set' in op) commands.push(op.set.command);
    }
  }
  for (const { type, data } of commands) {
    const { error } = describeCommand(type)!.data.safeParse(data);
    if (error) throw new Error(`the command ${type} is not valid: ${error.message}`);
  }
  return commands;
}

/** A row of a published view is what the contracts say; of another one, what the service says itself. */
function checkRow(own: ViewDefinition | undefined, name: string, key: string, value: unknown): void {
  const view = own && (describeView(own.kind) ?? own);
  const schema = view?.rows[key.split('/')[0]!];
  if (!schema) throw new Error(`the row ${name} is of no view`);
  const { error } = schema.safeParse(value);
  if (error) throw new Error(`the row ${name} is not what its view says: ${error.message}`);
}

function memory(): Memory {
  const kept = new Map<string, unknown>();
  return {
    get: <T>(key: string) => Promise.resolve(structuredClone(kept.get(key)) as T | undefined),
    set: (key, value) => void kept.set(key, structuredClone(value)),
    delete: (key) => void kept.delete(key),
  };
}

const concerns = (categories: readonly string[], { stream }: Fact) => categories.includes(parseStream(stream).category);
