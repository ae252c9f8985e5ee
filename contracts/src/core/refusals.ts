/** One reason for which a command may be refused. Codes are for ever, as the names of events are. */
export interface Refusal<C extends string = string, F extends string = string> {
  code: C;
  /** HTTP status of its problem document. */
  status: number;
  /** One sentence for whoever reads the published documents. */
  means: string;
  /** What its problem document may say beside `detail`, `field` and `limit`. */
  fields: readonly F[];
}

export const refusal = <const C extends string, const F extends string = never>(
  code: C,
  status: number,
  means: string,
  ...fields: F[]
): Refusal<C, F> => ({ code, status, means, fields });

/* Of several contexts. What only one knows, or says more about, stands beside its commands. */
export const notFound = refusal('not_found', 404, 'What the command is about does not exist.');
export const alreadyExists = refusal('already_exists', 409, 'There is one with this id, or name, already.');
export const invalid = refusal('invalid', 422, 'A value is not acceptable here; `field` names it.');
export const forbidden = refusal('forbidden', 403, 'The sender may not do this, or not say that of somebody else.');
export const noPolicy = refusal('no_policy', 422, 'No active policy covers the action, and nothing is approved without one.');
export const digestMismatch = refusal(
  'digest_mismatch',
  409,
  'The action is another one than was read; `present` is its digest.',
  'present',
);
export const notDue = refusal('not_due', 409, 'Its time has not come: ask again at `retryAt`.', 'retryAt');
