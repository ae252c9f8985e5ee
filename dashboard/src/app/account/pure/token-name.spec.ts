import { describe, expect, it } from '@jest/globals';
import { tokenName } from './token-name';

describe('the name of a token', () => {
  it.each([
    ['Nightly import', 'Nightly import'],
    ['file:cli-token', 'File cli-token of the data folder'],
    ['file:0190-place/agents/command-1.token', 'File agents/command-1.token of the data folder'],
  ])('of %s is %s', (label, name) => expect(tokenName(label)).toBe(name));
});
