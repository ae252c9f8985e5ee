import type { CommandSet } from '@agencyos/contracts';

/** `MoveCards wip_limit` for each code with which the sources of a project refuse a command. */
export function refusalsIn(tsconfig: string): string[];
/** The same for each code that contracts declare. */
export function declaredIn(sets: readonly CommandSet[]): string[];
