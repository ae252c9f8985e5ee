import { refusal } from '../core/refusals.js';

export const keyInvalid = refusal('key_invalid', 422, 'The key is not two to ten capitals and digits, beginning with a capital.');
export const unknownColumn = refusal(
  'unknown_column',
  422,
  'The board has no such column; `allowed` are those that it has.',
  'allowed',
);
export const wipLimit = refusal('wip_limit', 409, 'The column holds as many cards as it may.', 'columnId', 'present');
export const staleColumn = refusal(
  'stale_column',
  409,
  'The card has been moved since the sender saw it; `present` is where it stands.',
  'cardId',
  'present',
);
export const cardFollowsSource = refusal(
  'card_follows_source',
  422,
  'The card mirrors work and changes with it alone; `allowed` are the columns that it may be put in.',
  'cardId',
  'allowed',
);
export const confirmationRequired = refusal(
  'confirmation_required',
  409,
  'The move would stop a running attempt: send it again, confirmed.',
  'cardIds',
  'wants',
);
export const notFound = refusal('not_found', 404, 'There is no such board, or no such card on it.', 'cardId');
export const lastMember = refusal('last_member', 409, 'A board for its members alone keeps one who may change it.');
