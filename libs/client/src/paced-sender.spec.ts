import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LIVE_LIMITS } from '@agencyos/contracts';
import { PacedSender } from './paced-sender.js';

describe('many messages at once', () => {
  let sentAt: { message: string; at: number }[];
  let sender: PacedSender;
  const say = (from: number, count: number) => {
    for (let n = from; n < from + count; n++) sender.send(`${n}`);
  };

  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
    sentAt = [];
    sender = new PacedSender((message) => void sentAt.push({ message, at: Date.now() }));
  });
  afterEach(() => {
    sender.stop();
    jest.useRealTimers();
  });

  it('leave in order and never more in a second than the gateway takes', () => {
    say(0, 150);
    expect(sentAt.length).toBeGreaterThan(0);
    jest.advanceTimersByTime(2_000);
    say(150, 50);
    jest.advanceTimersByTime(20_000);
    expect(sentAt.map(({ message }) => Number(message))).toEqual(Array.from({ length: 200 }, (_, n) => n));
    for (const { at } of sentAt) {
      const within = sentAt.filter((other) => other.at >= at && other.at < at + 1_000).length;
      expect(within).toBeLessThan(LIVE_LIMITS.messagesPerSecond);
    }
  });

  it('leave at once again after a rest', () => {
    say(0, 40);
    jest.advanceTimersByTime(10_000);
    sentAt.length = 0;
    say(0, 10);
    expect(sentAt).toHaveLength(10);
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(10_000);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are forgotten when the connection is', () => {
    say(0, 100);
    const before = sentAt.length;
    sender.stop();
    jest.advanceTimersByTime(10_000);
    expect(sentAt).toHaveLength(before);
  });
});
