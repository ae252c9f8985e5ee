import {
  AGENT_PERMISSIONS,
  CommandMessage,
  dataFault,
  describeCommand,
  LIMITS,
  startOfText,
  type CommandAnswer,
  type CommandDescription,
} from '@agencyos/contracts';
import { isRejection, Rejection, type CommandMetadata } from '@agencyos/decider';
import { describeError } from '../background.js';
import { digestOf } from '../digest.js';
import type { WrittenLevel } from '../level/written-level.js';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { invalid, problemOf, unfit } from '../problem.js';
import { traced } from '../telemetry.js';
import { isTransient } from '../transient.js';
import type { AggregateHost } from './aggregate-host.js';
import { InHand } from './in-hand.js';
import { requireMinted } from './require-minted.js';
import { hasLevel, requireOffered } from './require-offered.js';

/** Written for every refused command: it leaves no event. */
export interface RefusedCommand {
  commandId: string;
  type: string;
  stream: string;
  actor: string;
  code: string;
  correlationId: string;
}

export interface CommandHostDependencies {
  logger: Logger;
  metrics: Metrics;
  recordRefusal(refusal: RefusedCommand): void;
  /** Without it everything is offered that this version knows. */
  level?: Pick<WrittenLevel, 'written' | 'refresh'>;
}

/** Takes command messages of this service's aggregates, from the wire or from its own code. */
export class CommandHost {
  private readonly inHand = new InHand();

  constructor(
    private readonly service: string,
    private readonly hosts: ReadonlyMap<string, AggregateHost>,
    private readonly dependencies: CommandHostDependencies,
  ) {}

  handles(type: string): boolean {
    return this.hosts.has(type);
  }

  /** One message or a list; the answer has the same form, each command answered in its place. */
  async receive(body: unknown, sender: string, aggregate?: string): Promise<CommandAnswer | CommandAnswer[]> {
    const list = Array.isArray(body) ? (body as unknown[]) : [body];
    if (list.length > LIMITS.commandsPerRequest) {
      const detail = `At most ${LIMITS.commandsPerRequest} commands fit into one request.`;
      return { id: '', problem: problemOf(new Rejection('invalid', { detail, limit: LIMITS.commandsPerRequest })) };
    }
    const handled = () => Promise.all(list.map((message) => this.answer(message, sender, aggregate)));
    const answers = (await this.inHand.take(sender, list.length, handled)) ?? list.map(tooMany);
    return Array.isArray(body) ? answers : answers[0]!;
  }

  private async answer(body: unknown, sender: string, aggregate?: string): Promise<CommandAnswer> {
    const id = idIn(body);
    const startedAt = performance.now();
    let message: CommandMessage | undefined;
    let outcome = 'accepted';
    try {
      const parsed = CommandMessage.safeParse(body);
      if (!parsed.success) throw invalid(parsed.error);
      message = parsed.data;
      refuseUnfit(message);
      const receipt = await this.execute(message, sender, aggregate);
      if (receipt.repeated) outcome = 'repeated';
      return { id, stream: receipt.stream, revision: receipt.revision, position: String(receipt.position) };
    } catch (error) {
      const told = isTransient(error) ? unavailable() : error;
      outcome = isRejection(told) ? told.code : 'fault';
      this.noteFailure(error, message, sender);
      return { id, problem: problemOf(told, message?.metadata?.correlationId ?? id) };
    } finally {
      const type = message && describeCommand(message.type) ? message.type : 'unknown';
      this.dependencies.metrics.commands.inc({ type, outcome });
      this.dependencies.metrics.commandSeconds.observe({ type }, (performance.now() - startedAt) / 1_000);
    }
  }

  private async execute(message: CommandMessage, sender: string, aggregate?: string) {
    const definition = describeCommand(message.type);
    const host = this.hosts.get(message.type);
    if (!definition || !host || (aggregate && definition.aggregate !== aggregate)) {
      throw new Rejection('not_found', { detail: `No command ${message.type} here.` });
    }
    const metadata = this.metadataOf(message, sender);
    authorize(definition, metadata, sender, this.service);
    const { level } = this.dependencies;
    if (level && hasLevel(definition)) await requireOffered(definition, message.data, level);
    if (metadata.depth > LIMITS.depth) throw new Rejection('causation_too_deep', { limit: LIMITS.depth });
    const data = definition.data.safeParse(message.data);
    if (!data.success) throw invalid(data.error);
    if (!isService(metadata))
      requireMinted({ id: message.id, data: data.data as Record<string, unknown>, mints: definition.mints });
    const digest = digestOf({ type: message.type, data: message.data });
    const command = { type: message.type, data: data.data as Record<string, unknown>, metadata };
    return traced(`command ${message.type}`, message.metadata ?? {}, { 'agencyos.command.id': message.id }, (trace) =>
      host.execute(command, digest, trace),
    );
  }

  /** Identity follows from the credential; only the gateway may state someone else's. */
  private metadataOf({ id, metadata = {} }: CommandMessage, sender: string): CommandMetadata {
    const base = {
      commandId: id,
      now: '',
      level: 0,
      sender,
      stepUp: 'none' as const,
      correlationId: metadata.correlationId ?? id,
      causationId: metadata.causationId ?? id,
      depth: metadata.depth ?? 0,
    };
    if (sender === 'gateway') {
      const { actor, roles = [], permissions = [], stepUp = 'none', onBehalfOf } = metadata;
      return { ...base, actor: actor ?? 'service:gateway', roles, permissions, stepUp, ...(onBehalfOf && { onBehalfOf }) };
    }
    if (metadata.actor || metadata.roles || metadata.permissions || metadata.stepUp) {
      throw new Rejection('forbidden', { detail: 'Who you are follows from your credential.', field: 'metadata.actor' });
    }
    if (sender.startsWith('agent_')) {
      if (metadata.onBehalfOf) throw new Rejection('forbidden', { field: 'metadata.onBehalfOf' });
      return { ...base, actor: `agent:${sender.slice('agent_'.length)}`, roles: [], permissions: AGENT_PERMISSIONS };
    }
    return {
      ...base,
      actor: `service:${sender}`,
      roles: [],
      permissions: [],
      ...(metadata.onBehalfOf && { onBehalfOf: metadata.onBehalfOf }),
    };
  }

  private noteFailure(error: unknown, message: CommandMessage | undefined, sender: string): void {
    const fields = { command: message?.type, commandId: message?.id, sender };
    if (!isRejection(error)) return this.dependencies.logger.error({ ...fields, error: describeError(error) }, 'command failed');
    const security = error.code === 'forbidden' || error.code === 'unauthenticated';
    this.dependencies.logger[security ? 'warn' : 'debug']({ ...fields, code: error.code, security }, 'command refused');
    if (!message || !this.hosts.has(message.type)) return;
    this.dependencies.recordRefusal({
      commandId: message.id,
      type: message.type,
      stream: this.streamNamedBy(message),
      actor: spokenFor(message, sender),
      code: error.code,
      correlationId: message.metadata?.correlationId ?? message.id,
    });
  }

  /** As far as it can be told: what is refused may hold anything where an id belongs. */
  private streamNamedBy({ type, data }: CommandMessage): string {
    try {
      return startOfText(this.hosts.get(type)!.streamOf(data), STREAM_CHARACTERS);
    } catch {
      return '';
    }
  }
}

const STREAM_CHARACTERS = 200;
/** More than any id has: an answer that repeats what was sent must fit into a message, or it never arrives. */
const ID_CHARACTERS = 100;

const idIn = (body: unknown): string =>
  typeof body === 'object' && body !== null && 'id' in body && typeof body.id === 'string'
    ? startOfText(body.id, ID_CHARACTERS)
    : '';

/** Nothing of it was looked at: it may come again. */
const tooMany = (body: unknown): CommandAnswer => {
  const detail = 'Too many commands of yours are being handled. Wait for their answers, then send it again.';
  return { id: idIn(body), problem: problemOf(new Rejection('too_many_requests', { detail, retryAfterMs: 1_000 }, 429)) };
};

/** The gateway and services say for whom they speak; what anyone else claims to be is not written down. */
function spokenFor({ metadata }: CommandMessage, sender: string): string {
  if (sender.startsWith('agent_')) return `agent:${sender.slice('agent_'.length)}`;
  return (sender === 'gateway' ? metadata?.actor : undefined) ?? metadata?.onBehalfOf ?? `service:${sender}`;
}

/** Keys as well as values, whoever sends it, before anything of it is looked at. */
function refuseUnfit({ data, metadata }: CommandMessage): void {
  const fault = dataFault(data);
  if (fault) throw unfit(fault);
  const beside = dataFault(metadata);
  if (beside) throw unfit(beside, 'metadata');
}

/** A server behind this service is away: nobody's fault, and nothing is known of the outcome. */
const unavailable = () =>
  new Rejection('busy', { detail: 'Not now: a server does not answer. Repeat with the same id.', retryAfterMs: 1_000 });

/** The installation itself counts as one: the gateway speaks as it at the first start, and lets nobody else. */
const isService = ({ actor }: CommandMetadata): boolean => /^(service|system):/.test(actor);

function authorize(definition: CommandDescription, metadata: CommandMetadata, sender: string, service: string): void {
  if (definition.permission.some((permission) => metadata.permissions.includes(permission))) return;
  const speaksForItself = metadata.actor === `service:${sender}`;
  if (speaksForItself && (sender === service || definition.services?.includes(sender))) return;
  throw new Rejection('forbidden', {
    detail: definition.permission.length
      ? `${definition.type} needs ${definition.permission.join(' or ')}.`
      : `${definition.type} is for services only.`,
  });
}
