import { describe, expect, it } from '@jest/globals';
import { LoginThrottle } from './login-throttle.js';

const setUp = () => {
  let now = 0;
  const throttle = new LoginThrottle(() => now);
  return { throttle, pass: (ms: number) => (now += ms) };
};
const refused = (act: () => void) => {
  try {
    act();
  } catch (error) {
    return (error as { details: { retryAfterMs: number } }).details.retryAfterMs;
  }
  return 0;
};

describe('failed sign-ins', () => {
  it('cost nothing at first, then twice as long each time', () => {
    const { throttle, pass } = setUp();
    for (let n = 0; n < 5; n++) throttle.attempt('admin 127.0.0.1');
    expect(refused(() => throttle.attempt('admin 127.0.0.1'))).toBe(1_000);
    pass(1_000);
    throttle.attempt('admin 127.0.0.1');
    expect(refused(() => throttle.attempt('admin 127.0.0.1'))).toBe(2_000);
  });

  it('are counted per name and address', () => {
    const { throttle } = setUp();
    for (let n = 0; n < 5; n++) throttle.attempt('admin 127.0.0.1');
    expect(refused(() => throttle.attempt('admin 10.0.0.1'))).toBe(0);
  });

  it('may be more where many people share an address, and successes do not count', () => {
    const { throttle } = setUp();
    for (let n = 0; n < 20; n++) {
      throttle.attempt('address', 10);
      throttle.takeBack('address');
    }
    for (let n = 0; n < 11; n++) throttle.attempt('address', 10);
    expect(refused(() => throttle.admit('address'))).toBe(1_000);
  });

  it('are forgotten after a success', () => {
    const { throttle } = setUp();
    for (let n = 0; n < 4; n++) throttle.attempt('a');
    throttle.succeeded('a');
    throttle.attempt('a');
    expect(refused(() => throttle.admit('a'))).toBe(0);
  });
});
