import { CliProblem } from './cli-problem.js';

/** The id that is meant: a whole one, or a part from its beginning or end that only one of them has. */
export function oneOf(given: string, what: string, ids: string[]): string {
  if (ids.includes(given)) return given;
  const found = given.length < 4 ? [] : ids.filter((id) => id.startsWith(given) || id.endsWith(given));
  if (found.length === 1) return found[0]!;
  if (found.length > 1) throw new CliProblem(`${given} may be ${found.length} of them: write more of the ${what}'s id.`);
  throw new CliProblem(`There is no ${what} ${given}: \`agencyos status\` lists what there is.`);
}
