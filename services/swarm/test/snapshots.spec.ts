import { snapshotKey } from '@agencyos/runtime/testing';
import { describe, expect, it } from '@jest/globals';
import { swarm } from '../src/service.js';

const { aggregates } = swarm({} as Parameters<typeof swarm>[0]);

describe.each(aggregates.filter(({ snapshots }) => snapshots))('snapshots of a $category', (aggregate) => {
  it('have the key of what its fold says today (else: npm run generate)', async () => {
    expect(await snapshotKey(aggregate)).toBe(aggregate.snapshots!.key);
  });

  it('say all that the fold needs', async () => {
    expect(await snapshotKey(aggregate, 'kept')).toBe(await snapshotKey(aggregate, 'revived'));
  });
});
