import { describeCommand, ids, type CommandMessage, type Fact, type Problem, type PublishedCommand } from '@agencyos/contracts';
import { NOT_PERMITTED } from '../commands/command-requests.js';
import type { Commands } from '../commands/commands.js';
import type { Logger } from '../logger.js';
import { isFinal } from '../problem.js';
import type { Reaction } from '../service-definition.js';
import { traced } from '../telemetry.js';

/** Nobody took the effect: tried again, and judged by whether the receiver is ready. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  constructor(
    message: string,
    /** Context that was asked; undefined: this process itself. */
    readonly receiver?: string,
  ) {
    super(message);
  }
}

/** Sends the commands that follow from a fact, each under an id that derives from it; a refusal has its substitutes. */
export class ReactionSender {
  constructor(
    private readonly consumer: string,
    private readonly dependencies: { commands: Commands; logger: Logger },
  ) {}

  /** One after another. @throws NoAnswer when nobody took one of them */
  async send(fact: Fact, reactions: readonly Reaction[], signal?: AbortSignal): Promise<void> {
    const counts = new Map<string, number>();
    for (const { name, command, ifRefused } of reactions) {
      const n = counts.get(name) ?? 0;
      counts.set(name, n + 1);
      const problem = await this.sendOne(fact, ids.reactionCommand(fact.id, name, n), command, signal);
      if (!problem) continue;
      const instead = ifRefused?.(problem) ?? [];
      this.dependencies.logger.info(
        {
          consumer: this.consumer,
          reaction: name,
          command: command.type,
          stream: fact.stream,
          code: problem.code,
          instead: instead.length,
        },
        'reaction was refused',
      );
      for (const [index, other] of instead.entries()) {
        const again = await this.sendOne(fact, ids.reactionCommand(fact.id, `${name}/${n}/refused`, index), other, signal);
        if (again) this.dependencies.logger.info({ command: other.type, code: again.code }, 'and so was its substitute');
      }
    }
  }

  /** Undefined when accepted, else the final refusal. @throws NoAnswer when there was none, or one that is not final. */
  private sendOne(
    fact: Fact,
    id: string,
    command: PublishedCommand & { onBehalfOf?: string },
    signal?: AbortSignal,
  ): Promise<Problem | undefined> {
    return traced(`reaction ${this.consumer}`, fact.metadata, { 'agencyos.event.id': fact.id }, async (trace) => {
      const message: CommandMessage = {
        id,
        type: command.type,
        data: command.data as Record<string, unknown>,
        metadata: {
          correlationId: fact.metadata.correlationId,
          causationId: fact.id,
          depth: fact.metadata.depth + 1,
          ...(command.onBehalfOf && { onBehalfOf: command.onBehalfOf }),
          ...(trace.traceparent && { traceparent: trace.traceparent }),
          ...(trace.tracestate && { tracestate: trace.tracestate }),
        },
      };
      const [answer] = await this.dependencies.commands.send([message]);
      if (signal?.aborted) throw new NoAnswer('stopping');
      if (!answer || !('problem' in answer)) return undefined;
      // Nobody decided that: it is told, and parked when it stays alone.
      if (answer.problem.code === NOT_PERMITTED) throw new NoAnswer(answer.problem.detail ?? NOT_PERMITTED);
      if (!isFinal(answer.problem)) throw new NoAnswer(answer.problem.detail ?? answer.problem.code, this.receiverOf(command));
      return answer.problem;
    });
  }

  private receiverOf({ type }: PublishedCommand): string | undefined {
    return this.dependencies.commands.handlesItself(type) ? undefined : describeCommand(type)?.context;
  }
}
