import {
  type CommandName,
  type DeclaredRefusal,
  describeRefusal,
  type RefusalField,
  type SharedRefusal,
} from '@agencyos/contracts';
import { Rejection } from './rejection.js';

/** What a refusal says beside its code. */
type Details<F extends string> = { detail?: string; field?: string; limit?: number | string } & {
  [K in F]?: unknown;
};

/**
 * The refusal of a command, by a code that its contract declares: another one does not compile, nor does a detail that
 * the contract does not know. What several commands have in common takes any of them, and knows the codes of all.
 */
export function rejection<T extends CommandName, C extends SharedRefusal<T> & string>(
  { type }: { type: T },
  code: C,
  details: Details<RefusalField<T, C>> = {},
): Rejection {
  return new Rejection(code, details, describeRefusal(type, code)?.status);
}

/** Any command whose contract declares these codes: what a helper asks for that refuses with them. */
export type Refusable<C extends string> = {
  type: { [T in CommandName]: [C] extends [DeclaredRefusal<T>] ? T : never }[CommandName];
};
