import {
  AccessDeniedError,
  AppendRecordSizeExceededError,
  InvalidArgumentError,
  MaxAppendSizeExceededError,
  StreamDeletedError,
  StreamTombstonedError,
  TransactionMaxSizeExceededError,
  UnknownError,
  UnsupportedError,
  WrongExpectedVersionError,
} from '@kurrent/kurrentdb-client';
import { EventTooLarge, InvalidAppend, StoreRefused } from '../event-store.js';
import { OutcomeUnknown } from './outcome-unknown.js';

const TOO_LARGE = [MaxAppendSizeExceededError, TransactionMaxSizeExceededError, AppendRecordSizeExceededError];
const INVALID = [StreamDeletedError, StreamTombstonedError, InvalidArgumentError];
const REFUSED = [AccessDeniedError, UnsupportedError];

/**
 * What an append that failed means.
 * @returns the stream's present revision when another one was expected
 * @throws InvalidAppend, StoreRefused when it never will be accepted, else {@link OutcomeUnknown}
 */
export function conflictOf(error: unknown, bytes: number): number {
  if (error instanceof WrongExpectedVersionError) {
    return typeof error.actualState === 'bigint' ? Number(error.actualState) : -1;
  }
  const message = error instanceof Error ? error.message : String(error);
  if (isOf(TOO_LARGE, error)) throw new EventTooLarge(`the event store takes less: ${message}`, bytes, 0);
  if (isOf(INVALID, error)) throw new InvalidAppend(message);
  if (error instanceof UnknownError && message.includes('BadRequest')) throw new InvalidAppend(message);
  if (isOf(REFUSED, error)) throw new StoreRefused(message, { cause: error });
  throw new OutcomeUnknown(message, { cause: error });
}

const isOf = (classes: ReadonlyArray<abstract new (...args: never[]) => Error>, error: unknown): boolean =>
  classes.some((type) => error instanceof type);
