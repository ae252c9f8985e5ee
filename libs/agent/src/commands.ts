import { agentSender, Problem, subjects } from '@agencyos/contracts';
import type { AgentConnection } from './connection.js';
import { commandText } from './pure/command-text.js';
import { backoff, pause } from './pause.js';

export interface OutgoingCommand {
  /** Command id: the same one again has no second effect and the same answer. */
  id: string;
  type: string;
  data: Record<string, unknown>;
}

export type CommandOutcome =
  | { status: 'accepted' }
  | { status: 'refused'; problem: Problem }
  /** Given up before an answer came: it may or may not have had its effect. */
  | { status: 'unknown' };

/** Sends commands to swarm under the agent's own subject token. */
export class AgentCommands {
  constructor(
    private readonly connection: AgentConnection,
    private readonly agentId: string,
    private readonly answerMs: number,
  ) {}

  /**
   * Repeats the command under its id until it is accepted or finally refused, or the signal is aborted. What fails at
   * swarm (500; what is away says 503, or nothing) for longer than `faultMs` counts as refused: it is this command.
   */
  async send(
    aggregate: 'run' | 'agent',
    command: OutgoingCommand,
    signal: AbortSignal,
    faultMs = Infinity,
  ): Promise<CommandOutcome> {
    const written = commandText(command);
    if ('problem' in written) return { status: 'refused', problem: written.problem };
    const subject = subjects.command('swarm', aggregate, agentSender(this.agentId));
    let failingSince: number | undefined;
    for (let retry = 0; !signal.aborted; retry++) {
      const answer = this.connection.connected ? await this.ask(subject, written.json) : undefined;
      const fails = answer?.status === 'refused' && answer.problem.status === 500;
      if (answer && !fails) return answer;
      if (fails) {
        failingSince ??= performance.now();
        if (performance.now() - failingSince > faultMs) return answer;
      } else failingSince = undefined;
      await pause(backoff(retry), signal);
    }
    return { status: 'unknown' };
  }

  private async ask(subject: string, json: string): Promise<CommandOutcome | undefined> {
    let reply: unknown;
    try {
      reply = await this.connection.requestJson(subject, json, this.answerMs);
    } catch {
      return undefined; // nobody there, or too slow: the same command again
    }
    if (typeof reply !== 'object' || reply === null) return undefined;
    if (!('problem' in reply)) return 'revision' in reply ? { status: 'accepted' } : undefined;
    const problem = Problem.safeParse(reply.problem);
    if (!problem.success || problem.data.status > 500 || problem.data.status === 429) return undefined;
    return { status: 'refused', problem: problem.data };
  }
}
