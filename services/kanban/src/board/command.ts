import type { BoardCommand } from '@agencyos/contracts';
import type { Command } from '@agencyos/decider';

/** One command of the board's, as `decide` gets it. */
export type Of<T extends BoardCommand['type']> = Command<Extract<BoardCommand, { type: T }>>;
