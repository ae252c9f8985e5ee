import { newId } from '@agencyos/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AppendResult, EventTooLarge, type EventStore, InvalidAppend } from './event-store.js';
import { freshStream, readStream, sampleAppend, sharedAppend, take } from './testing/sample-append.js';

/**
 * What every adapter of the event store does, whatever stores the events.
 * @param read what a reader makes of the recorded data
 */
export function eventStoreConformance(
  adapter: string,
  open: () => Promise<EventStore>,
  read: (data: object) => object = (data) => data,
): void {
  describe(`${adapter} event store`, () => {
    let store: EventStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());

    describe('appending', () => {
      it('records events in order and answers with revisions and positions', async () => {
        const stream = freshStream();
        const append = sharedAppend(stream, -1);
        const before = await store.head();
        const result = await store.append(append);
        const events = await readStream(store, stream);
        expect(events).toEqual(
          append.events.map((event, revision) => ({
            ...event,
            stream,
            revision,
            position: events[revision]!.position,
          })),
        );
        expect(events[0]!.position).toBeGreaterThan(before);
        expect(events[1]!.position).toBeGreaterThan(events[0]!.position);
        expect(result).toEqual({
          status: 'appended',
          position: events[1]!.position,
          answers: append.commands.map((command) => ({ ...command, stream, position: expect.any(BigInt) })),
        });
        const [first, second] = 'answers' in result ? result.answers.map(({ position }) => position) : [];
        expect(second).toBe(events[1]!.position);
        expect([events[0]!.position, events[1]!.position]).toContain(first);
      });

      it('keeps every character of the data', async () => {
        const stream = freshStream();
        const data = {
          text: 'a\u0000b \ud800 "quoted" \\ {1,2} ’é漢🙂\u2028\n',
          numbers: [0, -1.5, 1e21, 2 ** 53 - 1],
          b: { a: null, deep: [[{}]] },
          a: true,
        };
        await store.append(sampleAppend(stream, -1, { data }));
        const [event] = await readStream(store, stream);
        expect(JSON.stringify(event!.data)).toBe(JSON.stringify(read({ n: 0, ...data })));
      });

      it('says which revision is present when another was expected', async () => {
        const stream = freshStream();
        expect(await store.append(sampleAppend(stream, 0))).toEqual({ status: 'conflict', revision: -1 });
        await store.append(sampleAppend(stream, -1, { events: 3 }));
        expect(await store.append(sampleAppend(stream, -1))).toEqual({ status: 'conflict', revision: 2 });
        expect(await store.append(sampleAppend(stream, 5))).toEqual({ status: 'conflict', revision: 2 });
        expect(await readStream(store, stream)).toHaveLength(3);
      });

      it('lets one of many writers win', async () => {
        const stream = freshStream();
        const results = await Promise.all(Array.from({ length: 20 }, () => store.append(sampleAppend(stream, -1))));
        expect(statuses(results)).toEqual({ appended: 1, conflict: 19 });
        expect(await readStream(store, stream)).toHaveLength(1);
      });

      it('keeps the order of appends to one stream that were not awaited', async () => {
        const stream = freshStream();
        const appends = Array.from({ length: 50 }, (_, n) => sampleAppend(stream, n - 1, { data: { n } }));
        const results = await Promise.all(appends.map((append) => store.append(append)));
        expect(statuses(results)).toEqual({ appended: 50 });
        expect((await readStream(store, stream)).map(({ data }) => data['n'])).toEqual([...Array(50).keys()]);
      });

      it('fails a stale append alone among those committed with it', async () => {
        const streams = Array.from({ length: 30 }, () => freshStream());
        const results = await Promise.all(streams.map((stream, n) => store.append(sampleAppend(stream, n % 3 === 0 ? 7 : -1))));
        expect(statuses(results)).toEqual({ conflict: 10, appended: 20 });
      });
    });

    describe('commands', () => {
      it('has one effect however often an append is repeated', async () => {
        const stream = freshStream();
        const append = sampleAppend(stream, -1, { events: 2 });
        const first = await store.append(append);
        const later = await store.append(sampleAppend(stream, 1));
        expect([first.status, later.status]).toEqual(['appended', 'appended']);
        const repeated = await store.append(append);
        expect(repeated).toEqual({ status: 'repeat', answers: 'answers' in first ? first.answers : [] });
        expect(await readStream(store, stream)).toHaveLength(3);
      });

      it('has one effect when the repeats are under way together', async () => {
        const stream = freshStream();
        const append = sampleAppend(stream, -1);
        const results = await Promise.all(Array.from({ length: 10 }, () => store.append(append)));
        expect(statuses(results)).toEqual({ appended: 1, repeat: 9 });
        expect(await readStream(store, stream)).toHaveLength(1);
      });

      it('returns the first digest when the same id comes with another body, even for another stream', async () => {
        const commandId = newId();
        await store.append(sampleAppend(freshStream(), -1, { commandId, digest: 'sha256:one' }));
        const other = freshStream();
        const result = await store.append(sampleAppend(other, -1, { commandId, digest: 'sha256:two' }));
        expect(result).toMatchObject({ status: 'repeat', answers: [{ commandId, digest: 'sha256:one' }] });
        expect(await readStream(store, other)).toEqual([]);
      });

      it('appends nothing when one of several commands is known', async () => {
        const stream = freshStream();
        const shared = sharedAppend(stream, -1);
        const alone = { ...shared, events: shared.events.slice(0, 1), commands: shared.commands.slice(0, 1) };
        await store.append(alone);
        const result = await store.append(shared);
        expect(result).toMatchObject({ status: 'repeat', answers: [{ ...shared.commands[0] }] });
        expect(await readStream(store, stream)).toHaveLength(1);
      });

      it('keeps answers to commands that left no event, and never a second one (fault 21)', async () => {
        const given = { commandId: newId(), principal: 'user:one', digest: 'sha256:one', stream: `board-${newId()}` };
        const answer = { ...given, revision: -1, position: 0n };
        expect(await store.remember([answer])).toEqual([]);
        const another = { ...answer, commandId: newId() };
        expect(await store.remember([{ ...answer, digest: 'sha256:other' }, another])).toEqual([answer]);
        expect(await store.answers([answer.commandId])).toEqual([answer]);
      });

      it('knows the answers to commands', async () => {
        const append = sharedAppend(freshStream(), -1);
        const result = await store.append(append);
        const answers = await store.answers([newId(), ...append.commands.map(({ commandId }) => commandId)]);
        expect(sorted(answers)).toEqual(sorted('answers' in result ? result.answers : []));
        expect(await store.answers([])).toEqual([]);
      });
    });

    describe('limits', () => {
      const refused: Array<[string, Parameters<EventStore['append']>[0]]> = [
        ['no events', { ...sampleAppend('sample-1', -1), events: [], commands: [] }],
        ['a stream without category', sampleAppend('sample', -1)],
        ['a revision below -1', sampleAppend('sample-1', -2)],
        [
          'a command that is no UUID',
          { ...sampleAppend('sample-1', -1), commands: [{ commandId: 'x', principal: '', digest: '', revision: 0 }] },
        ],
        [
          'a command outside of its append',
          { ...sampleAppend('sample-1', -1), commands: [{ commandId: newId(), principal: '', digest: '', revision: 1 }] },
        ],
      ];
      it.each(refused)('refuses %s', async (_, append) => {
        await expect(store.append(append)).rejects.toThrow(InvalidAppend);
      });

      it('refuses more than 500 events, an event above 64 KiB, an append above 1 MiB', async () => {
        const stream = freshStream();
        const kib = 'x'.repeat(1000);
        const large = [
          sampleAppend(stream, -1, { events: 501 }),
          sampleAppend(stream, -1, { data: { text: kib.repeat(66) } }),
          sampleAppend(stream, -1, { events: 20, data: { text: kib.repeat(60) } }),
        ];
        for (const append of large) await expect(store.append(append)).rejects.toThrow(EventTooLarge);
        expect(await readStream(store, stream)).toEqual([]);
        expect((await store.append(sampleAppend(stream, -1, { events: 500 }))).status).toBe('appended');
      });
    });

    describe('reading', () => {
      it('reads a stream from a revision, across pages', async () => {
        const stream = freshStream();
        for (let n = 0; n < 3; n++) await store.append(sampleAppend(stream, n * 500 - 1, { events: 500 }));
        const revisions = (await readStream(store, stream, 3)).map(({ revision }) => revision);
        expect(revisions).toEqual(Array.from({ length: 1497 }, (_, n) => n + 3));
        expect(await readStream(store, stream, 1500)).toEqual([]);
        expect(await readStream(store, freshStream())).toEqual([]);
      });

      it('reads the log in pages, as a whole or by category', async () => {
        const after = await store.head();
        const categories = ['first', 'second', 'first', 'third', 'first', 'second'];
        for (const category of categories) await store.append(sampleAppend(freshStream(category), -1));
        const all = await store.readAll(after, { limit: 100 });
        expect(all.events.map(({ stream }) => stream.split('-')[0])).toEqual(categories);
        expect(all.position).toBe(all.events[5]!.position);

        const page = await store.readAll(after, { limit: 2, categories: ['second', 'first'] });
        expect(page).toEqual({ events: all.events.slice(0, 2), position: all.events[1]!.position });
        const rest = await store.readAll(page.position, { limit: 10, categories: ['second', 'first'] });
        expect(rest.events).toEqual([all.events[2], all.events[4], all.events[5]]);
        expect(rest.position).toBeGreaterThanOrEqual(all.position);

        const none = await store.readAll(after, { limit: 10, categories: ['absent'] });
        expect(none.events).toEqual([]);
        expect(none.position).toBeGreaterThanOrEqual(all.position);
        expect(await store.head()).toBeGreaterThanOrEqual(all.position);
      });

      it('goes back by a number of events', async () => {
        const start = await store.head();
        const stream = freshStream();
        await store.append(sampleAppend(stream, -1, { events: 10 }));
        const recorded = await readStream(store, stream);
        const back = await store.earlier(recorded[9]!.position, 4);
        const rest = (await store.readAll(back, { limit: 10 })).events;
        expect(rest.length).toBeGreaterThanOrEqual(3);
        expect(rest).toEqual(recorded.slice(-rest.length));
        expect(await store.earlier(start, 10_000_000)).toBe(0n);
      });

      it('never says it read less than it was asked to continue after', async () => {
        const beyond = (await store.head()) + 1000n;
        expect(await store.readAll(beyond, { limit: 10 })).toEqual({ events: [], position: beyond });
      });
    });

    describe('subscribing', () => {
      it('delivers what was there and what comes, once and in order', async () => {
        const after = await store.head();
        const stream = freshStream('live');
        const options = { after, categories: ['live'], batch: 7 };
        await store.append(sampleAppend(stream, -1, { events: 10 }));
        const both = Promise.all([take(store, 40, options), take(store, 40, options)]);
        for (let n = 9; n < 39; n++) await store.append(sampleAppend(stream, n));
        const recorded = await readStream(store, stream);
        for (const seen of await both) expect(seen).toEqual(recorded);
      });

      it('wakes an idle subscriber', async () => {
        const after = await store.head();
        const seen = take(store, 1, { after, categories: ['idle'] });
        const append = sampleAppend(freshStream('idle'), -1);
        await store.append(append);
        expect((await seen)[0]!.id).toBe(append.events[0]!.id);
      });

      it('ends when it is told to', async () => {
        const stop = new AbortController();
        const seen: bigint[] = [];
        const done = (async () => {
          for await (const { position } of store.subscribe(0n, { signal: stop.signal })) seen.push(position);
        })();
        stop.abort();
        await done;
        const aborted = store.subscribe(0n, { signal: AbortSignal.abort() });
        for await (const page of aborted) throw new Error(`${page.position} after the end`);
      });
    });
  });
}

function statuses(results: AppendResult[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of results) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const sorted = <T extends { commandId: string }>(answers: T[]): T[] =>
  [...answers].sort((a, b) => (a.commandId < b.commandId ? -1 : 1));
