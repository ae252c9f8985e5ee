/** A start condition that is not met; its message is one sentence that says what to do. */
export class Problem extends Error {}
