import * as approvals from './approvals/index.js';
import type { CommandDefinition, CommandSet, EventSet, ViewDefinition } from './core/define.js';
import * as healer from './healer/index.js';
import * as identity from './identity/index.js';
import * as kanban from './kanban/index.js';
import * as swarm from './swarm/index.js';

type Context = Record<string, unknown>;
const list = <T>(name: string) =>
  (Object.entries({ kanban, swarm, approvals, healer, identity }) as [string, Context][]).flatMap(
    ([context, exports]) => (exports[`${context}${name}`] as T[] | undefined) ?? [],
  );

/** Everything published, in one place: the source of the generated documents and of every look-up by name. */
export const allEvents: EventSet[] = list<EventSet>('Events');
export const allCommands: CommandSet[] = list<CommandSet>('Commands');
export const allViews: ViewDefinition[] = list<ViewDefinition>('Views');

export interface EventDescription {
  context: string;
  aggregate: string;
  schema: number;
}
const events = new Map<string, EventDescription>(
  allEvents.flatMap(({ context, aggregate, types, versions }) =>
    Object.keys(types).map((type) => [type, { context, aggregate, schema: versions[type] ?? 1 }] as const),
  ),
);
export const describeEvent = (type: string): EventDescription | undefined => events.get(type);

export interface CommandDescription extends CommandDefinition {
  type: string;
  context: string;
  aggregate: string;
  idField: string;
}
const commands = new Map<string, CommandDescription>(
  allCommands.flatMap(({ context, aggregate, idField, types }) =>
    Object.entries(types).map(([type, definition]) => [type, { ...definition, type, context, aggregate, idField }] as const),
  ),
);
export const describeCommand = (type: string): CommandDescription | undefined => commands.get(type);

const views = new Map<string, ViewDefinition>(allViews.map((view) => [view.kind, view]));
export const describeView = (kind: string): ViewDefinition | undefined => views.get(kind);
