/** Aborted once somebody wants everything to stop; its reason says in words why. */
export const stopSignal: AbortSignal;
/** Watches for signals, and for the end of the parent where that is ours too. The first call counts. */
export function watchForStop(parent: number | undefined): void;
