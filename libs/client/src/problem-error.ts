import type { CommandName, Problem, RefusalOf } from '@agencyos/contracts';

/** The gateway refused, in the words of its problem document; or somebody else answered in its place, as `http_502`. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }

  /** What to act on: one of the codes that the command's contract declares, see {@link refusalOf}. */
  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }

  /** Which value of the command it is about. */
  get field(): string | undefined {
    return this.problem.field;
  }

  /** Names what was done for this request in the logs: quote it where a fault stays. */
  get correlationId(): string | undefined {
    return this.problem.correlationId;
  }
}

/** Nobody answered: the gateway is away, or the way to it is. Whether a command had its effect is not known. */
export class NoAnswer extends Error {}

export const isProblem = (error: unknown): error is ProblemError => error instanceof ProblemError;

/** The code with which the command was refused, one of its contract's; `undefined` when the error is no refusal. */
export const refusalOf = <T extends CommandName>(error: unknown, _command: T): RefusalOf<T> | undefined =>
  isProblem(error) ? (error.code as RefusalOf<T>) : undefined;
