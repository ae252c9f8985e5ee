/** It may or may not have been appended: repeat it unchanged. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}
