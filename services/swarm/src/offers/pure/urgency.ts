/** A minute of waiting counts as much as one step of priority, so that nothing waits for ever. */
const STEP_MS = 60_000;

/** The smaller, the sooner. It does not change while a task waits. */
export const urgencyOf = ({ priority, readyAt }: { priority: number; readyAt: string }): number =>
  Date.parse(readyAt) - priority * STEP_MS;
