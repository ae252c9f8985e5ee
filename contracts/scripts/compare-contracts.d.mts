import type { ContractsSnapshot } from './snapshot.mjs';

/**
 * Whatever the present contracts take away from those of a release; each is a sentence that says what to do. A new
 * major version may take away anything but events: those are recorded.
 */
export function violations(
  released: ContractsSnapshot & { version: string },
  present: ContractsSnapshot,
  version?: string,
): string[];
