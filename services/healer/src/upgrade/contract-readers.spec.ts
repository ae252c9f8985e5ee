import { describe, expect, it } from '@jest/globals';
import { ContractReaders } from './contract-readers.js';

const reader = (service: string, reads: number, instanceId = 'one') => ({ service, instanceId, reads });

describe('what every replica of every service reads', () => {
  it('is what the one reads that reads least', () => {
    const readers = new ContractReaders(['kanban', 'swarm']);
    readers.heard(reader('kanban', 2), 0);
    readers.heard(reader('kanban', 1, 'two'), 0);
    readers.heard(reader('swarm', 3), 0);
    expect(readers.readByAll(0)).toBe(1);
    readers.left('kanban', 'two');
    expect(readers.readByAll(0)).toBe(2);
  });

  it('is not known while nobody of a service is heard, nor any more once it is silent', () => {
    const readers = new ContractReaders(['kanban', 'swarm']);
    readers.heard(reader('kanban', 2), 0);
    readers.heard(reader('stranger', 2), 0);
    expect([readers.readByAll(0), readers.silent(0)]).toEqual([undefined, ['swarm']]);
    readers.heard(reader('swarm', 2), 5_000);
    expect(readers.readByAll(9_999)).toBe(2);
    expect([readers.readByAll(10_000), readers.silent(10_000)]).toEqual([undefined, ['kanban']]);
  });

  it('is steady as long as nobody comes who reads less, and the level stays the same', () => {
    const readers = new ContractReaders(['kanban']);
    const at = (now: number, ...reads: number[]) => {
      for (const [n, level] of reads.entries()) readers.heard(reader('kanban', level, String(n)), now);
      return readers.steadyMs(1, now);
    };
    expect([at(0, 1), at(1_000, 2), at(2_000, 2), at(3_000, 2, 1), at(4_000, 2, 2), at(6_000, 2, 2), at(7_000, 3, 3)]).toEqual([
      undefined,
      0,
      1_000,
      undefined,
      0,
      2_000,
      0,
    ]);
  });
});
