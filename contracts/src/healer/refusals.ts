import { refusal } from '../core/refusals.js';

export const uncertified = refusal('uncertified', 409, 'The runbook may act by itself only with a certificate.');
export const objectiveInvalid = refusal('objective_invalid', 422, 'The objective is not one of the kind of monitor.');
export const stepInvalid = refusal('step_invalid', 422, 'A step is not one that a driver can do, or is there twice.');
export const dependencyCycle = refusal('dependency_cycle', 422, 'A target cannot depend on itself.');
export const stillBreached = refusal('still_breached', 409, 'The fault is still there.', 'openBreaches');
export const notVerifying = refusal('not_verifying', 409, 'The repair is not being verified; `outcome` is its state.', 'outcome');
export const closed = refusal('closed', 409, 'The incident, or the repair, is over, as `outcome` says.', 'outcome');
export const staleToken = refusal('stale_token', 409, 'A later repair was let in: this one does nothing any more.', 'present');

export const notReadByAll = refusal(
  'not_read_by_all',
  409,
  'Some process of a service reads no more than what is written already.',
);
