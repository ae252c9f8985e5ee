import { refusal } from '../core/refusals.js';

export const setupClosed = refusal('setup_closed', 409, 'Set-up is over: people are added by an administrator.');
export const lastAdmin = refusal('last_admin', 409, 'Somebody has to remain who administers.');
export const exceedsIssuer = refusal('exceeds_issuer', 403, 'Nobody gives rights that they do not have themselves.');
export const unknownUser = refusal('unknown_user', 422, 'Somebody of the list is not known here.');
