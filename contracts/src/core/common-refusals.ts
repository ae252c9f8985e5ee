import { refusal } from './refusals.js';

/** What any command may meet before it is decided, or instead of being decided. */
export const commonRefusals = [
  refusal('not_found', 404, 'There is no such command here.'),
  refusal('invalid', 422, 'The command is not of the form that its schema has; `field` names where.'),
  refusal('forbidden', 403, 'The sender has none of the permissions that the command needs.'),
  refusal('not_permitted', 403, 'The message broker does not let this sender send it.'),
  refusal(
    'not_offered',
    409,
    'An upgrade is under way and the command, or `field`, is offered once it is finished: from `level` on.',
    'level',
  ),
  refusal('idempotency_conflict', 422, 'Another command was sent under this id before.'),
  refusal('causation_too_deep', 409, 'Too many commands have followed from one another.'),
  refusal('too_deep', 400, 'The JSON is nested deeper than is read.'),
  refusal('too_many_requests', 429, 'More than the sender may send: wait for `retryAfterMs`.', 'retryAfterMs'),
  refusal('busy', 503, 'A server does not answer at the moment: repeat under the same id.', 'retryAfterMs'),
  refusal('internal', 500, 'A fault on our side: repeat under the same id, and quote the correlation id if it stays.'),
] as const;

/** And over HTTP beside them. */
export const httpRefusals = [
  refusal('unauthenticated', 401, 'Nobody is signed in, or the token is not valid (any more).'),
  refusal('forbidden_origin', 403, 'The request does not come from our own pages.'),
  refusal('idempotency_key_missing', 400, 'The header `Idempotency-Key` is missing.'),
  refusal('malformed_id', 400, 'An id is not of the form that ids have.'),
  refusal('malformed_address', 400, 'The address is not valid.'),
  refusal('malformed_body', 400, 'The body could not be read.'),
  refusal('malformed_json', 400, 'The body is not JSON; `position` says where.', 'position'),
  refusal('forbidden_key', 400, 'A member has a name that objects of JavaScript have themselves.'),
  refusal('unknown_field', 400, 'The command has no such field.', 'unknown'),
  refusal('bad_request', 400, 'The request was not understood.'),
  refusal('method_not_allowed', 405, 'Commands are sent with POST.'),
  refusal('too_large', 413, 'The body is larger than commands may be.'),
  refusal('unsupported_media_type', 415, 'Commands are sent as application/json.'),
  refusal('in_flight', 409, 'The same key is being handled at this moment: ask again.', 'retryAfterMs'),
] as const;

export type CommonRefusalCode = (typeof commonRefusals)[number]['code'] | (typeof httpRefusals)[number]['code'];
