import { describe, expect, it } from '@jest/globals';
import { SenderShare } from './sender-share.js';

const taken = (share: SenderShare, agentId: string, count: number, bytes: number, now: number) =>
  Array.from({ length: count }, () => share.take(agentId, bytes, now)).filter(Boolean).length;

describe('the heartbeats of one agent (fault 16)', () => {
  it('are read as far as its share of a second goes, and those of others all the same', () => {
    const share = new SenderShare();
    expect(taken(share, 'loud', 10_000, 100, 0)).toBe(512);
    expect(taken(share, 'quiet', 3, 300_000, 0)).toBe(3);
    expect(taken(share, 'loud', 10_000, 100, 500)).toBe(256);
    expect(taken(share, 'loud', 10_000, 100, 60_000)).toBe(512);
  });

  it('are read for the most part where they are a little too many', () => {
    const share = new SenderShare(8 * 1024 * 1024);
    const read = Array.from({ length: 1_000 }, (_, n) => share.take('large', 900 * 1024, n * 100)).filter(Boolean);
    expect(read.length).toBeGreaterThan(900);
  });

  it('are read for a thousand leases of a second', () => {
    const share = new SenderShare();
    for (let beat = 0; beat < 30; beat++) expect(share.take('busy', 300_000, (beat * 1_000) / 3)).toBe(true);
  });
});
