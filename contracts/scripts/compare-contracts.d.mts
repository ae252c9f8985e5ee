import type { Snapshot } from './snapshot.mjs';

/**
 * Whatever the present contracts take away from those of a release; each is a sentence that says what to do. A new
 * major version may take away anything but events: those are recorded.
 */
export function violations(released: Snapshot & { version: string }, present: Snapshot, version?: string): string[];
