/** One finished step. `startedAt` is from `performance.now()`. */
export function done(text: string, startedAt?: number): void;
/** What is happening now, or a fact worth knowing. */
export function note(text: string): void;
/** Why it does not go on. */
export function failed(text: string): void;
/** Runs one step and says how long it took. */
export function step<T>(
  text: string | ((result: T) => string),
  action: () => Promise<T>,
  options?: { announce?: string },
): Promise<T>;
