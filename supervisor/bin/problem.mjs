/**
 * A start condition that is not met. Its message is one sentence for the person at the terminal that says
 * what to do; no stack trace is shown for it.
 */
export class Problem extends Error {
  name = 'Problem';
}
