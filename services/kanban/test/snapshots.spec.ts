import { snapshotKey } from '@agencyos/runtime/testing';
import { describe, expect, it } from '@jest/globals';
import { kanban } from '../src/service.js';

const { aggregates } = kanban({
  config: { installationId: '01900000-0000-7000-8000-000000000001' },
} as Parameters<typeof kanban>[0]);

describe.each(aggregates.filter(({ snapshots }) => snapshots))('snapshots of a $category', (aggregate) => {
  it('have the key of what its fold says today (else: npm run generate)', async () => {
    expect(await snapshotKey(aggregate)).toBe(aggregate.snapshots!.key);
  });

  it('say all that the fold needs', async () => {
    expect(await snapshotKey(aggregate, 'kept')).toBe(await snapshotKey(aggregate, 'revived'));
  });
});
