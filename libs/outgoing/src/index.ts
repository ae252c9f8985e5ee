export { type AllowList, allowList } from './addresses.js';
export type { Answer, Failure, FailureCode } from './answers.js';
export { Outgoing, type OutgoingParts, type OutgoingRequest, type OutgoingSettings } from './outgoing.js';
export { backoffMs, retryAfterMs } from './retry-after.js';
