import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KurrentDBClient, jsonEvent } from '@kurrent/kurrentdb-client';
import type { Pool } from 'pg';
import { type LogPage, PositionBeyondLog } from '../event-store.js';
import { freshStream, readStream, sampleAppend, take } from '../testing/sample-append.js';
import { KurrentDbEventStore } from './kurrentdb-event-store.js';

interface Server {
  url: string;
  pool: Pool;
  /** Another database, for another process. */
  freshDatabase(): Promise<Pool>;
}

/** What the adapter makes of a server that is well; the double and a real one must show the same. */
export function kurrentDbConformance(name: string, open: () => Server): void {
  describe(`${name}, as the adapter uses it`, () => {
    let server: Server;
    let store: KurrentDbEventStore;
    beforeAll(() => {
      server = open();
      store = new KurrentDbEventStore(server);
    });
    afterAll(() => store.close());

    it('answers a command that another process had appended with the first body', async () => {
      const stream = freshStream();
      const first = sampleAppend(stream, -1, { digest: 'sha256:one', data: { text: 'first' } });
      await store.append(first);
      // Another process whose table of answers never got the row.
      const elsewhere = await server.freshDatabase();
      const other = new KurrentDbEventStore({ url: server.url, pool: elsewhere });
      const { commandId } = first.commands[0]!;
      const second = sampleAppend(stream, -1, { commandId, digest: 'sha256:two', data: { text: 'second' } });
      expect(await other.append(second)).toMatchObject({
        status: 'repeat',
        answers: [{ commandId, digest: 'sha256:one', revision: 0 }],
      });
      expect((await readStream(other, stream)).map(({ data }) => data['text'])).toEqual(['first']);
      await other.close();
      await elsewhere.end();
    });

    it('stores what KurrentDB follows, and other programs are passed over', async () => {
      const before = await store.head();
      const append = sampleAppend(freshStream(), -1);
      await store.append(append);
      const client = KurrentDBClient.connectionString(server.url);
      await client.appendToStream('sample-foreign', [jsonEvent({ type: 'Foreign', data: {} })]);
      const [raw] = await Array.fromAsync(client.readStream(append.stream));
      const { correlationId, causationId } = append.events[0]!.metadata;
      expect(raw!.event!.metadata).toMatchObject({
        $correlationId: correlationId,
        $causationId: causationId,
      });
      const { events } = await store.readAll(before, { limit: 10 });
      expect(events.map(({ id }) => id)).toEqual([append.events[0]!.id]);
      await client.dispose();
    });

    it('refuses a position beyond the end of the log', async () => {
      await store.append(sampleAppend(freshStream(), -1));
      const beyond = (await store.head()) + 1n;
      await expect(take(store, 1, { after: beyond })).rejects.toThrow(PositionBeyondLog);
    });

    it('gives up on a position where no event of this log stands', async () => {
      await store.append(sampleAppend(freshStream(), -1, { events: 3 }));
      const [first] = (await store.readAll(0n, { limit: 1 })).events;
      const nowhere = first!.position + 1n;
      await expect(take(store, 1, { after: nowhere })).rejects.toThrow(`nothing after position ${nowhere}`);
    });

    it('moves its position along without a match, as far as the server has searched', async () => {
      const before = await store.head();
      const other = freshStream('other');
      for (let n = 0; n < 4; n++) await store.append(sampleAppend(other, n * 500 - 1, { events: 500 }));
      const caughtUp = await pagesUntil(store, { after: before, categories: ['rare'] }, ({ position }) => position > before);
      expect(caughtUp.at(-1)).toEqual({ events: [], position: await store.head() });

      const live = pagesUntil(
        store,
        { after: caughtUp.at(-1)!.position, categories: ['rare'] },
        ({ events }) => events.length > 0,
      );
      await store.append(sampleAppend(other, 1999, { events: 500 }));
      const rare = sampleAppend(freshStream('rare'), -1);
      await store.append(rare);
      expect((await live).flatMap(({ events }) => events.map(({ id }) => id))).toEqual([rare.events[0]!.id]);
    });

    it('never tells a position behind which events still wait', async () => {
      const before = await store.head();
      const stream = freshStream('mixed');
      for (let n = 0; n < 20; n++) {
        await store.append(sampleAppend(stream, n - 1));
        await store.append(sampleAppend(freshStream('other'), -1, { events: 100 }));
      }
      const recorded = (await readStream(store, stream)).map(({ position }) => position);
      let taken = 0;
      const pages = await pagesUntil(store, { after: before, categories: ['mixed'], batch: 1 }, ({ events }) => {
        taken += events.length;
        return taken === recorded.length;
      });
      let delivered = 0;
      for (const { events, position } of pages) {
        delivered += events.length;
        expect(recorded.filter((at) => at <= position).length).toBe(delivered);
      }
    });
  });
}

async function pagesUntil(
  from: KurrentDbEventStore,
  { after, ...options }: { after: bigint; categories: string[]; batch?: number },
  enough: (page: LogPage) => boolean,
): Promise<LogPage[]> {
  const stop = new AbortController();
  const pages: LogPage[] = [];
  for await (const page of from.subscribe(after, { ...options, signal: stop.signal })) {
    pages.push(page);
    if (enough(page)) stop.abort();
  }
  return pages;
}
