import { describe, expect, it } from '@jest/globals';
import { cleanData, UnknownEventVersion } from '@agencyos/contracts';
import { eventStoreConformance } from './event-store.conformance.js';
import type { LogPage } from './event-store.js';
import { MemoryEventStore } from './memory-event-store.js';
import { PresentEventStore } from './present-event-store.js';
import { readStream, take } from './testing/sample-append.js';
import { lampForm, recordAs } from './testing/sample-evolution.js';

eventStoreConformance(
  'memory, read in the form of today,',
  async () => new PresentEventStore(new MemoryEventStore(), lampForm()),
  cleanData,
);

const lampId = 'hall';
const stream = 'lamp-hall';

describe('a log read in the form of today', () => {
  it('gives older events their present form on every way in, and leaves the log as it was written', async () => {
    const recorded = new MemoryEventStore();
    await recordAs(recorded, stream, 0, 'LampSwitched', 1, { lampId, on: false });
    await recordAs(recorded, stream, 1, 'LampLit', 1, { lampId });
    await recordAs(recorded, stream, 2, 'LampLit', 2, { lampId, percent: 5 });
    const store = new PresentEventStore(recorded, lampForm('lamp'));
    const present = [0, 100, 5].map((percent, revision) => ({
      type: 'LampLit',
      schema: 2,
      data: { lampId, percent },
      revision,
    }));
    expect(await readStream(store, stream)).toMatchObject(present);
    expect((await store.readAll(0n, { limit: 10 })).events).toMatchObject(present);
    expect(await take(store, 3)).toMatchObject(present);
    expect((await readStream(recorded, stream)).map(({ type, schema }) => [type, schema])).toEqual([
      ['LampSwitched', 1],
      ['LampLit', 1],
      ['LampLit', 2],
    ]);
  });

  describe.each([
    ['a later schema', 'LampLit', 3],
    ['an unknown event', 'LampSold', 1],
  ])('that a newer version wrote to: %s', (_, type, schema) => {
    const data = { lampId, percent: 7, room: 'attic' };
    const log = async () => {
      const recorded = new MemoryEventStore();
      await recordAs(recorded, stream, 0, 'LampLit', 2, { lampId, percent: 1 });
      await recordAs(recorded, stream, 1, type, schema, data);
      return recorded;
    };

    it('comes as it is to a reader of another context', async () => {
      const store = new PresentEventStore(await log(), lampForm('board'));
      expect((await take(store, 2))[1]).toMatchObject({ type, schema, data });
      expect((await readStream(store, stream))[1]).toMatchObject({ type, schema, data });
    });

    it('stops its own context there, after everything before it', async () => {
      const store = new PresentEventStore(await log(), lampForm('lamp'));
      await expect(readStream(store, stream)).rejects.toThrow(UnknownEventVersion);
      await expect(store.readAll(0n, { limit: 10 })).rejects.toThrow(`lamp-hall@1: `);
      const pages: LogPage[] = [];
      const follow = async () => {
        for await (const page of store.subscribe(0n, { signal: new AbortController().signal })) pages.push(page);
      };
      await expect(follow()).rejects.toThrow(UnknownEventVersion);
      expect(pages).toMatchObject([{ events: [{ revision: 0 }], position: 1n }]);
    });
  });
});
