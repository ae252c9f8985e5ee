import { describe, expect, it } from '@jest/globals';
import { InHand } from './in-hand.js';

describe('the commands of one agent that are in hand (fault 16)', () => {
  it('are so many at once, and again when the first are answered', async () => {
    const inHand = new InHand();
    let answer = () => undefined as void;
    const first = inHand.take('agent_a', 200, () => new Promise<string>((resolve) => (answer = () => resolve('first'))));
    const other = async () => 'other';
    expect(await inHand.take('agent_a', 1, other)).toBeUndefined();
    expect(await inHand.take('agent_b', 200, other)).toBe('other');
    expect(await inHand.take('gateway', 1_000, other)).toBe('other');
    answer();
    expect(await first).toBe('first');
    expect(await inHand.take('agent_a', 200, other)).toBe('other');
  });

  it('are out of hand when they fail', async () => {
    const inHand = new InHand();
    const failing = () => inHand.take('agent_a', 200, () => Promise.reject(new Error('away')));
    await expect(failing()).rejects.toThrow('away');
    await expect(failing()).rejects.toThrow('away');
  });
});
