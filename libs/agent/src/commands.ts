import { agentSender, Problem, subjects } from '@agencyos/contracts';
import type { AgentConnection } from './connection.js';
import { backoff, pause } from './pause.js';

export interface AgentCommand {
  /** Command id: the same one again has no second effect and the same answer. */
  id: string;
  type: string;
  data: Record<string, unknown>;
}

export type Answer =
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

  /** Repeats the command under its id until it is accepted or finally refused, or the signal is aborted. */
  async send(aggregate: 'run' | 'agent', command: AgentCommand, signal: AbortSignal): Promise<Answer> {
    const subject = subjects.command('swarm', aggregate, agentSender(this.agentId));
    for (let retry = 0; !signal.aborted; retry++) {
      if (this.connection.connected) {
        const answer = await this.ask(subject, command);
        if (answer) return answer;
      }
      await pause(backoff(retry), signal);
    }
    return { status: 'unknown' };
  }

  private async ask(subject: string, command: AgentCommand): Promise<Answer | undefined> {
    let reply: unknown;
    try {
      reply = await this.connection.request(subject, command, this.answerMs);
    } catch {
      return undefined; // nobody there, or too slow: the same command again
    }
    if (typeof reply !== 'object' || reply === null) return undefined;
    if (!('problem' in reply)) return 'revision' in reply ? { status: 'accepted' } : undefined;
    const problem = Problem.safeParse(reply.problem);
    if (!problem.success || problem.data.status >= 500 || problem.data.status === 429) return undefined;
    return { status: 'refused', problem: problem.data };
  }
}
