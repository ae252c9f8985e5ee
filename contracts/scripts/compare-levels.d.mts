import type { ContractsSnapshot } from './snapshot.mjs';

/** What would be written or offered while a release still runs that cannot read it, and what to do about each. */
export function tooEarly(released: ContractsSnapshot, present: ContractsSnapshot): string[];
