import { defineCommands, defineEvents, newId, type CommandOf, type EventOf } from '@agencyos/contracts';
import { Rejection, type Decider } from '@agencyos/decider';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { turns, until } from '../consumers/testing/given-facts.js';
import { DatabaseClock } from '../event-store/database-clock.js';
import type { Append } from '../event-store/event-store.js';
import { MemoryEventStore } from '../event-store/memory-event-store.js';
import { readStream } from '../event-store/testing/sample-append.js';
import type { Logger } from '../logger.js';
import type { AnyAggregate } from '../service-definition.js';
import { AggregateHost } from './aggregate-host.js';

const commands = defineCommands('house', 'lamp', 'lampId', {
  Light: {
    permission: ['board:write'],
    refusals: [],
    data: z.strictObject({ lampId: z.string(), times: z.int().optional(), size: z.int().optional() }),
  },
});
const events = defineEvents('house', 'lamp', { LampLit: z.object({ n: z.int() }) });

/** Lit as often as it is asked, up to a limit. */
const decider: Decider<CommandOf<typeof commands>, number, EventOf<typeof events>> = {
  initialState: 0,
  decide({ data: { times = 1, size = 0 } }, lit) {
    if (lit + times > 5_000) throw new Rejection('worn_out', { detail: 'It has been lit too often.' });
    return Array.from({ length: times }, (_, n) => ({
      type: 'LampLit',
      data: { n: lit + n, ...(size > 0 && { text: 'x'.repeat(size) }) },
    }));
  },
  evolve: (lit) => lit + 1,
};

/** Appends are held until a test lets them go. */
class HeldStore extends MemoryEventStore {
  readonly appends: Append[] = [];
  held = false;
  private readonly heldBack: (() => void)[] = [];

  override async append(append: Append) {
    this.appends.push(append);
    if (this.held) await new Promise<void>((resolve) => this.heldBack.push(resolve));
    return super.append(append);
  }

  go(): void {
    this.held = false;
    for (const go of this.heldBack.splice(0)) go();
  }
}

let store: HeldStore;
let clock: DatabaseClock;
const lamp: AnyAggregate = { category: 'lamp', commands, events, decider };

beforeEach(async () => {
  store = new HeldStore();
  clock = await DatabaseClock.start(async () => Date.parse('2026-11-22T10:00:00.000Z'));
});
afterEach(() => clock.stop());

const hostOf = (aggregate = lamp, keptStreams?: number) => {
  const logger = { error: () => undefined } as unknown as Logger;
  return new AggregateHost(aggregate, { store, clock, logger, deadlineMs: 1_000 }, keptStreams);
};
const command = (data: { lampId?: string; times?: number; size?: number } = {}, metadata: object = {}) => {
  const id = newId();
  return {
    type: 'Light',
    data: { lampId: 'hall', ...data },
    metadata: {
      ...{ commandId: id, correlationId: id, causationId: id, now: '', level: 0, sender: 'gateway' },
      ...{ actor: 'user:one', depth: 0, roles: [], permissions: [], stepUp: 'none' as const },
      ...metadata,
    },
  };
};
const light = (host: AggregateHost, data = {}, metadata = {}) => host.execute(command(data, metadata), 'sha256:light', {});

describe('the stream of a command', () => {
  it('has the id that its data holds, or one that the aggregate makes of it, or is the only one', () => {
    expect(hostOf().streamOf({ lampId: 'hall' })).toBe('lamp-hall');
    expect(hostOf({ ...lamp, idOf: ({ lampId }) => `${String(lampId)}~2` }).streamOf({ lampId: 'hall' })).toBe('lamp-hall~2');
    const { idField: _, ...single } = commands;
    expect(hostOf({ ...lamp, commands: single as typeof commands }).streamOf({})).toBe('lamp-main');
  });
});

describe('commands of one stream', () => {
  /** The first is on its way alone; the others come while it is. */
  async function together(first: object, ...others: object[]) {
    const host = hostOf();
    store.held = true;
    const answers = [light(host, first)];
    await until(() => store.appends.length === 1);
    answers.push(...others.map((data) => light(host, data)));
    store.go();
    return Promise.all(answers);
  }

  it('that wait together share one append, at most a hundred of them', async () => {
    const answers = await together({}, ...Array.from({ length: 150 }, () => ({})));
    expect(store.appends.map(({ commands: all }) => all.length)).toEqual([1, 100, 50]);
    expect(answers.map(({ revision, position }) => [revision, Number(position)])).toEqual(answers.map((_, n) => [n, n + 1]));
  });

  it('share no more events than one append takes', async () => {
    const answers = await together({}, { times: 300 }, { times: 200 }, { times: 1 });
    expect(store.appends.map(({ events: all }) => all.length)).toEqual([1, 500, 1]);
    expect(answers.map(({ revision }) => revision)).toEqual([0, 300, 500, 501]);
  });

  it('share no more bytes than leave the append well below what the store takes', async () => {
    await together({}, ...Array.from({ length: 14 }, () => ({ size: 60 * 1024 })));
    expect(store.appends.map(({ events: all }) => all.length)).toEqual([1, 12, 2]);
  });

  it('are each decided on what the ones before it come to, and a refusal is nobody else’s', async () => {
    const host = hostOf();
    await light(host, { times: 400 });
    const settled = await Promise.allSettled([light(host, { times: 4_700 }), light(host), light(host, { times: 2 })]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect((await readStream(store, 'lamp-hall', 400)).map(({ data }) => data['n'])).toEqual([400, 401, 402]);
  });

  it('with the same id are one: the repetition waits for the first one’s answer', async () => {
    const host = hostOf();
    const one = command();
    const [first, second] = await Promise.all([host.execute(one, 'sha256:a', {}), host.execute(one, 'sha256:a', {})]);
    expect([first!.repeated, second!.repeated, second!.revision]).toEqual([false, true, 0]);
    await expect(host.execute(one, 'sha256:b', {})).rejects.toMatchObject({
      code: 'idempotency_conflict',
      details: { detail: expect.stringContaining('another body') },
    });
    expect(await store.head()).toBe(1n);
  });

  it('that would be refused by now are answered as the first time, however many others came since', async () => {
    const decide: typeof decider.decide = (_, lit) => {
      if (lit >= 2_050) throw new Rejection('worn_out', { detail: 'It has been lit too often.' });
      return [{ type: 'LampLit', data: { n: lit } }];
    };
    const host = hostOf({ ...lamp, decider: { ...decider, decide } });
    const one = command();
    const first = await host.execute(one, 'sha256:a', {});
    await Promise.all(Array.from({ length: 2_049 }, () => light(host)));
    expect(await host.execute(one, 'sha256:a', {})).toEqual({ ...first, repeated: true });
    await expect(light(host)).rejects.toMatchObject({ code: 'worn_out' });
  });

  it('are decided anew where another process has written meanwhile', async () => {
    const [one, two] = [hostOf(), hostOf()];
    await light(one);
    await light(two);
    const [third, fourth] = await Promise.all([light(one), light(two)]);
    expect([third!.revision, fourth!.revision].sort()).toEqual([2, 3]);
    expect((await readStream(store, 'lamp-hall')).map(({ data }) => data['n'])).toEqual([0, 1, 2, 3]);
  });

  it('of which another process decides every second one are read first: no append is in vain but the first of each', async () => {
    const [one, two] = [hostOf(), hostOf()];
    for (let n = 0; n < 20; n++) {
      await light(one);
      await light(two);
    }
    expect(store.appends).toHaveLength(42);
    expect((await readStream(store, 'lamp-hall')).map(({ data }) => data['n'])).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });

  it('are read first only as long as another process writes the stream', async () => {
    const [one, two] = [hostOf(), hostOf()];
    await light(one);
    await light(two);
    await light(one);
    const reads = jest.spyOn(store, 'read');
    for (let n = 0; n < 20; n++) await light(one);
    expect(reads).toHaveBeenCalledTimes(8);
  });

  it('are told that the stream changes too fast where every append comes too late', async () => {
    store.append = async (append) => {
      store.appends.push(append);
      return { status: 'conflict', revision: 9 };
    };
    await expect(light(hostOf())).rejects.toMatchObject({
      ...{ code: 'busy', status: 503 },
      details: { detail: 'Not now: the stream changes too fast. Repeat with the same id.', retryAfterMs: 1_000 },
    });
    expect(store.appends).toHaveLength(21);
  });

  it('that fail leave nothing half folded: the next one reads the stream anew', async () => {
    let broken = false;
    const evolve: typeof decider.evolve = (lit) => {
      if (broken) throw new Error('a defect');
      return lit + 1;
    };
    const host = hostOf({ ...lamp, decider: { ...decider, evolve } });
    await light(host, { times: 2 });
    broken = true;
    await expect(light(host)).rejects.toThrow('a defect');
    broken = false;
    expect(await light(host)).toMatchObject({ revision: 2 });
    expect((await readStream(store, 'lamp-hall')).map(({ data }) => data['n'])).toEqual([0, 1, 2]);
  });

  it('are not decided by events of a type that is unknown here', async () => {
    await light(hostOf());
    const host = hostOf({ ...lamp, events: { ...events, types: {} } as typeof events });
    await expect(light(host)).rejects.toThrow('lamp-hall holds an event of unknown type LampLit: a newer version wrote it');
  });
});

describe('an event', () => {
  it('says whose command it comes from, and in whose name', async () => {
    const one = command({ times: 2 }, { onBehalfOf: 'user:two', depth: 3 });
    const trace = { traceparent: '00-a-b-01', tracestate: 'x=1' };
    await hostOf().execute(one, 'sha256:a', trace);
    const { commandId, correlationId, causationId } = one.metadata;
    const metadata = {
      ...{
        commandId,
        commandDigest: 'sha256:a',
        correlationId,
        causationId,
        actor: 'user:one',
        onBehalfOf: 'user:two',
        depth: 3,
      },
      ...{ recordedAt: expect.stringMatching(/^2026-11-22T10:00:0/) as unknown as string, ...trace },
    };
    const recorded = await readStream(store, 'lamp-hall');
    expect(recorded.map(({ metadata: own }) => own)).toEqual([metadata, metadata]);
    expect(new Set(recorded.map(({ id }) => id)).size).toBe(2);
    expect(recorded.map(({ schema }) => schema)).toEqual([1, 1]);
  });

  it('leaves out what nobody said', async () => {
    await light(hostOf());
    const [event] = await readStream(store, 'lamp-hall');
    for (const field of ['onBehalfOf', 'traceparent', 'tracestate']) expect(event!.metadata).not.toHaveProperty(field);
  });

  it('is never older than the one before it, whatever the clock says', async () => {
    const host = hostOf();
    await light(host);
    const [first] = await readStream(store, 'lamp-hall');
    clock.now = () => '2020-01-01T00:00:00.000Z';
    await light(host);
    const [, second] = await readStream(store, 'lamp-hall');
    expect(second!.metadata.recordedAt).toBe(first!.metadata.recordedAt);
  });

  it.each([
    ['of what lives once keeps the correlation and depth of the first', 'run', true],
    ['of anything else has those of its command', 'lamp', false],
  ])('%s', async (_, category, keeps) => {
    const host = hostOf({ ...lamp, category });
    await light(host, {}, { depth: 2 });
    await light(host, {}, { depth: 5 });
    await light(hostOf({ ...lamp, category }), {}, { depth: 7 });
    const [first, second, third] = (await readStream(store, `${category}-hall`)).map(({ metadata }) => metadata);
    expect([second!.depth, third!.depth]).toEqual(keeps ? [2, 2] : [5, 7]);
    expect(second!.correlationId === first!.correlationId).toBe(keeps);
  });
});

describe('what a command looks up', () => {
  it('is looked up again whenever the state changed under it', async () => {
    const seen: unknown[] = [];
    const prepare = async (_: unknown, lit: number) => seen.push(lit);
    const [one, two] = [hostOf({ ...lamp, prepare } as AnyAggregate), hostOf()];
    await light(one);
    await light(two);
    await light(one);
    expect(seen).toEqual([0, 1, 2]);
  });
});

it('lets go of the streams that were used least lately, never of one that is at work', async () => {
  const host = hostOf(lamp, 3);
  const kept = () => [...host['actors'].keys()].map((stream) => stream.replace('lamp-', ''));
  store.held = true;
  const busy = light(host, { lampId: 'busy' });
  await until(() => store.appends.length === 1);
  store.held = false;
  for (const lampId of ['a', 'b']) await light(host, { lampId });
  expect(kept()).toEqual(['busy', 'a', 'b']);
  await light(host, { lampId: 'a' });
  // It is idle a moment after its answer.
  await turns(1);
  await light(host, { lampId: 'c' });
  expect(kept()).toEqual(['busy', 'a', 'c']);
  store.go();
  await busy;
  await turns(1);
  await light(host, { lampId: 'd' });
  expect(kept()).toEqual(['a', 'c', 'd']);
});
