import type { Fact } from '@agencyos/contracts';
import { factAt } from '@agencyos/testing/facts';
import { pause, type FactBatch, type Feed } from '../src/index.js';

export const fact = (stream: string, position: number, revision = 0, data: Fact['data'] = {}): Fact =>
  factAt(position, stream, { revision, data: { n: position, ...data } });

/** Everything there is, in large batches, and what is added later. */
export class FakeFeed implements Feed {
  constructor(
    readonly facts: Fact[],
    private readonly batch = 2_500,
  ) {}

  async *follow(after: bigint, _categories: readonly string[], signal: AbortSignal): AsyncIterable<FactBatch> {
    let position = after;
    while (!signal.aborted) {
      const facts = this.facts.filter((one) => BigInt(one.position) > position).slice(0, this.batch);
      position = BigInt(facts.at(-1)?.position ?? position);
      if (facts.length > 0) yield { facts, position };
      else await pause(20, signal);
    }
  }
}

/** A minute of it passes in two seconds. */
export function fasterClock(): () => number {
  const startedAt = performance.now();
  return () => (performance.now() - startedAt) * 30;
}

export const of = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index);
