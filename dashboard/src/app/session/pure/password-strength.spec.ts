import { describe, expect, it } from '@jest/globals';
import { passwordStrength } from './password-strength';

describe('the strength of a password', () => {
  it('counts characters before anything else', () => {
    expect(['', 'short', 'aaaaaaaaaaaaaaaa'].map((password) => passwordStrength(password).enough)).toEqual([
      false,
      false,
      false,
    ]);
    expect(passwordStrength('plain words').enough).toBe(true);
    expect(passwordStrength('correct horse battery staple').score).toBe(4);
  });
});
