import type { WorkflowProblem } from '@agencyos/contracts';
import type { Parsed } from './parse-workflow.js';

/** More are neither looked for nor described. */
export const MAX_PROBLEMS = 100;

/** As they stand in the file. */
export function inOrder(problems: readonly WorkflowProblem[]): WorkflowProblem[] {
  const at = ({ line = 0, column = 0 }: WorkflowProblem) => line * 1_000_000 + column;
  return problems.toSorted((a, b) => at(a) - at(b)).slice(0, MAX_PROBLEMS);
}

/** The same, with what others have found in it. */
export function withProblems(parsed: Parsed, found: WorkflowProblem[]): Parsed {
  if (found.length === 0) return parsed;
  const { gates, workflowId } = parsed;
  const before = 'problems' in parsed ? parsed.problems : [];
  return { problems: inOrder([...before, ...found]), gates, ...(workflowId !== undefined && { workflowId }) };
}
