import { newId } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { describe, expect, it, jest } from '@jest/globals';
import { MemoryEventStore } from '../event-store/memory-event-store.js';
import { readStream, sampleAppend } from '../event-store/testing/sample-append.js';
import { recordAs } from '../event-store/testing/sample-evolution.js';
import { LevelOutgrown, readersLock, WrittenLevel } from './written-level.js';

function installation() {
  const store = new MemoryEventStore();
  const locks: string[] = [];
  const session = new AbortController();
  const dependencies = {
    store,
    elections: {
      share(key: string) {
        locks.push(key);
        return Promise.resolve(locks.length === 1 ? session.signal : new AbortController().signal);
      },
    },
    clock: { now: () => '2026-01-01T00:00:00.000Z' },
    service: 'kanban',
    installationId: newId(),
  };
  const ended = new AbortController();
  const open = (reads: number) => WrittenLevel.open(dependencies, ended.signal, reads);
  const raise = async (level: number) => {
    const { length } = await readStream(store, 'upgrade-main');
    await recordAs(store, 'upgrade-main', length, 'ContractLevelRaised', 1, { level, why: 'finished' });
  };
  return { store, locks, session, ended, open, raise };
}
const used = async () => {
  const here = installation();
  await here.store.append(sampleAppend('board-one', -1));
  return here;
};

describe('the level up to which contracts are written', () => {
  it('is the first one where nothing was ever raised', async () => {
    const { store, open } = await used();
    expect((await open(3)).written).toBe(1);
    expect(await readStream(store, 'upgrade-main')).toEqual([]);
  });

  it('is what the first version reads where nothing was recorded before, once for all that start', async () => {
    const { store, open } = installation();
    const levels = await Promise.all([open(3), open(3)]);
    expect(levels.map(({ written }) => written)).toEqual([3, 3]);
    expect((await readStream(store, 'upgrade-main')).map(({ type, data, metadata: { actor } }) => [type, data, actor])).toEqual([
      ['ContractLevelRaised', { level: 3, why: 'founded' }, 'service:kanban'],
    ]);
  });

  it("is that, too, where only the log's own events were recorded, as in every KurrentDB", async () => {
    const { store, open } = installation();
    jest.spyOn(store, 'head').mockResolvedValue(7n);
    expect((await open(3)).written).toBe(3);
  });

  it('follows the log', async () => {
    const { open, raise, ended } = await used();
    const level = await open(3);
    const following = level.follow(ended.signal);
    await raise(2);
    await until(() => level.written === 2);
    ended.abort();
    await following;
  });

  it('keeps a version from starting that reads less, with what to do', async () => {
    const { open, raise } = await used();
    await raise(2);
    const refused = open(1);
    await expect(refused).rejects.toBeInstanceOf(LevelOutgrown);
    await expect(refused).rejects.toThrow(
      /^this version reads contracts up to level 1, and level 2 is written here since \S+: there is no way back to it\. Start a version that reads level 2/,
    );
    await expect(open(2)).resolves.toMatchObject({ written: 2 });
  });

  it('ends a version that reads less and was not seen', async () => {
    const { open, raise, ended } = await used();
    const level = await open(1);
    const following = level.follow(ended.signal);
    await raise(2);
    await expect(level.outgrown).resolves.toBeInstanceOf(LevelOutgrown);
    ended.abort();
    await following;
  });

  it('is looked up only behind the lock of those who read no more, which is taken again when its session breaks', async () => {
    const { open, locks, session, ended } = await used();
    const level = await open(2);
    expect(locks).toEqual([readersLock(2)]);
    const following = level.follow(ended.signal);
    session.abort();
    await until(() => locks.length === 2);
    expect(locks).toEqual([readersLock(2), readersLock(2)]);
    ended.abort();
    await following;
  });

  it('is held by one who asks, however often the log breaks while it is followed', async () => {
    const { store, open, ended } = await used();
    const level = await open(2);
    jest.spyOn(store, 'subscribe').mockImplementation(() => {
      throw new Error('the log is away');
    });
    jest.useFakeTimers();
    for (let tries = 0; tries < 3; tries++) await expect(level.follow(ended.signal)).rejects.toThrow('the log is away');
    const asking = jest.getTimerCount();
    ended.abort();
    jest.useRealTimers();
    expect(asking).toBe(1);
  });
});
