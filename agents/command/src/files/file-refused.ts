/** Why the files of an attempt were not taken: a stable code and a sentence for people. */
export class FileRefused extends Error {
  constructor(
    readonly code:
      'produced_missing' | 'produced_outside' | 'produced_too_large' | 'uses_unreadable' | 'file_not_approved' | 'not_delivered',
    message: string,
  ) {
    super(message);
  }
}
