import type { CommandName, Problem, RefusalOf } from '@agencyos/contracts';

/** Something the user can act on: the message says what to do. Printed without a stack. */
export class CliProblem extends Error {
  constructor(
    message: string,
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
  }
}

/** A command line that cannot be understood. */
export const usageProblem = (message: string, command?: string): CliProblem =>
  new CliProblem(`${message} See \`agencyos ${command ? `${command} ` : ''}--help\`.`, 2);

/** The gateway has refused something for good. */
export class Refused extends CliProblem {
  constructor(readonly problem: Problem) {
    super(describe(problem));
  }
}

/** The code with which the command was refused, one of its contract's; `undefined` when the error is no refusal. */
export const refusalOf = <T extends CommandName>(error: unknown, _command: T): RefusalOf<T> | undefined =>
  error instanceof Refused ? (error.problem.code as RefusalOf<T>) : undefined;

/** What to do about a refusal, where its code says that. */
const advice: Partial<Record<string, string>> = {
  unauthenticated: 'The token is not valid here: check --data-dir and --url, or set AGENCYOS_TOKEN.',
  already_decided: 'Nothing is left to decide.',
  digest_mismatch: 'The action is another than the one that you read: `agencyos show ID` shows it again.',
} satisfies Partial<Record<RefusalOf<'VoteOnApproval'>, string>>;

function describe({ code, title, detail, ...rest }: Problem): string {
  const lines = [`${detail ?? title} (${code})`];
  const { problems } = rest as { problems?: { message: string; line?: number; column?: number }[] };
  for (const { message, line, column } of problems ?? []) {
    lines.push(`  ${line === undefined ? '' : `line ${line}${column === undefined ? '' : `, column ${column}`}: `}${message}`);
  }
  const what = advice[code];
  return what ? [...lines, what].join('\n') : lines.join('\n');
}
