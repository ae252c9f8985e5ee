import { describe, expect, it } from '@jest/globals';
import type { TaskRow } from '@agencyos/contracts';
import { refusalWords } from './refusal-words';

const words = (refusal: object) =>
  refusalWords(refusal as NonNullable<TaskRow['refusal']>, (principal) => `<${principal}>`);

describe('a gate that did not open (fault 33)', () => {
  it('is told with who decided so and why', () => {
    expect(words({ outcome: 'rejected', by: 'user:x', reason: 'The tag is wrong' })).toBe(
      'Rejected by <user:x>: The tag is wrong',
    );
    expect(words({ outcome: 'rejected' })).toBe('Rejected');
    expect(words({ outcome: 'expired' })).toBe('Nobody decided in time');
  });

  it('is told in words even where a newer server knows more', () =>
    expect(words({ outcome: 'held_back' })).toBe('The approval ended: held back'));
});
