import { approvalsCommands, approvalsEvents, approvalsViews } from './approvals/index.js';
import type { CommonRefusalCode } from './core/common-refusals.js';
import type { CommandDefinition, CommandSet, EventSet, SentCommandOf, ViewDefinition } from './core/define.js';
import type { Problem } from './core/envelope.js';
import { highestLevel } from './core/level.js';
import type { Permission } from './core/permissions.js';
import type { Refusal } from './core/refusals.js';
import { upcastOf } from './core/upcast.js';
import { healerCommands, healerEvents, healerViews } from './healer/index.js';
import { identityCommands, identityEvents, identityViews } from './identity/index.js';
import { kanbanCommands, kanbanEvents, kanbanViews } from './kanban/index.js';
import { swarmCommands, swarmEvents, swarmViews } from './swarm/index.js';

export * from './approvals/index.js';
export * from './healer/index.js';
export * from './identity/index.js';
export * from './kanban/index.js';
export * from './swarm/index.js';

const eventSets = [...kanbanEvents, ...swarmEvents, ...approvalsEvents, ...healerEvents, ...identityEvents];
const commandSets = [...kanbanCommands, ...swarmCommands, ...approvalsCommands, ...healerCommands, ...identityCommands];
const views = [...kanbanViews, ...swarmViews, ...approvalsViews, ...healerViews, ...identityViews];

/** Everything published, in one place: the source of the generated documents and of every look-up by name. */
export const allEvents: EventSet[] = eventSets;
export const allCommands: CommandSet[] = commandSets;
export const allViews: ViewDefinition[] = views;

/** What this version reads: events, schemas and commands up to this level, written and offered as far as it is raised. */
export const LEVEL = highestLevel(allEvents, allCommands);

type PublishedCommandSet = (typeof commandSets)[number];
export type Context = PublishedCommandSet['context'];
/** Whoever decides something, each once. */
export const contexts = [...new Set(commandSets.map(({ context }) => context))] as [Context, ...Context[]];
/** What one must be allowed to read the facts of a context: what its views show. */
export const permissionsToRead = (context: Context): Permission[] => [
  ...new Set(allViews.filter((view) => view.context === context).map(({ permission }) => permission)),
];

/** Whatever may be sent, with its data: a misspelled name or field does not compile. */
export type PublishedCommand = SentCommandOf<PublishedCommandSet>;
export type CommandName = PublishedCommand['type'];
/** What a command's sender states. */
export type CommandData<T extends CommandName> = Extract<PublishedCommand, { type: T }>['data'];

type SetOf<T extends CommandName, S = PublishedCommandSet> = S extends CommandSet
  ? T extends keyof S['types']
    ? S
    : never
  : never;
/** Who decides it: the first part of its address. */
export type CommandContext<T extends CommandName> = SetOf<T>['context'];

type RefusalsIn<T extends CommandName, S = PublishedCommandSet> = S extends CommandSet
  ? T extends keyof S['types']
    ? S['types'][T]['refusals'][number]
    : never
  : never;
/** Codes that the command's contract declares; of several commands, those of any. */
export type DeclaredRefusal<T extends CommandName> = RefusalsIn<T>['code'];
/** Codes that each of the commands declares: what they have in common may refuse with no other. */
export type SharedRefusal<T extends CommandName> = (T extends CommandName ? (code: DeclaredRefusal<T>) => void : never) extends (
  code: infer C,
) => void
  ? C
  : never;
/** What the command's refusal with this code may say beside `detail`, `field` and `limit`. */
export type RefusalField<T extends CommandName, C extends string> = Extract<RefusalsIn<T>, { code: C }>['fields'][number];
/** Every code with which the command may be answered: a misspelled one does not compile. */
export type RefusalOf<T extends CommandName> = DeclaredRefusal<T> | CommonRefusalCode;
/** The problem document of a refused command. */
export type ProblemOf<T extends CommandName> = Problem & { code: RefusalOf<T> };

type PublishedView = (typeof views)[number];
export type ViewKind = PublishedView['kind'];
export type ViewOfKind<K extends ViewKind> = Extract<PublishedView, { kind: K }>;

export interface EventDescription {
  context: string;
  aggregate: string;
  /** The last one. */
  schema: number;
}
const events = new Map<string, EventDescription>(
  allEvents.flatMap(({ context, aggregate, types, versions, retired }) => [
    ...Object.keys(types).map((type) => [type, { context, aggregate, schema: versions[type] ?? 1 }] as const),
    ...Object.entries(retired).map(([type, { schema = 1 }]) => [type, { context, aggregate, schema }] as const),
  ]),
);
/** Retired names, too: they are recorded, and published as they were written. */
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
/** What the command's contract says of the code. */
export const describeRefusal = (type: string, code: string): Refusal | undefined =>
  commands.get(type)?.refusals.find((refusal) => refusal.code === code);

const viewsByKind = new Map<string, ViewDefinition>(allViews.map((view) => [view.kind, view]));
export const describeView = (kind: string): ViewDefinition | undefined => viewsByKind.get(kind);

/** Any recorded event in its present form. @throws UnknownEventVersion */
export const upcast = upcastOf(allEvents);
