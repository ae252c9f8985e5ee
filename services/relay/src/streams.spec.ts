import { beforeEach, describe, expect, it } from '@jest/globals';
import { JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream';
import { missingParts, provisionStreams, provisionTaskConsumer, recreateEvents } from './streams.js';

type Config = Record<string, unknown>;
let streams: Map<string, Config>;
let consumers: Map<string, Config>;
let done: string[];
let failure: Error | undefined;
const options = { replicas: 3, eventsMaxBytes: 5_000_000 };

const notFound = (code: number) => new JetStreamApiError({ code: 404, err_code: code, description: 'not found' } as never);
/** A server that adds a default of its own to what it is given. */
function of(kind: string, held: Map<string, Config>, code: number) {
  const take = (what: string, name: string, config: Config) => {
    done.push(`${what} ${kind} ${name}`);
    held.set(name, { ...held.get(name), ...(JSON.parse(JSON.stringify(config)) as Config), sealed: false });
  };
  return {
    async info(name: string) {
      if (failure) throw failure;
      if (!held.has(name)) throw notFound(code);
      return { config: held.get(name)! };
    },
    add: async (name: string, config: Config) => take('add', name, config),
    update: async (name: string, config: Config) => take('update', name, config),
    async delete(name: string) {
      done.push(`delete ${kind} ${name}`);
      held.delete(name);
    },
  };
}
const manager = () => {
  const [ofStreams, ofConsumers] = [of('stream', streams, 10_059), of('consumer', consumers, 10_014)];
  return {
    streams: { ...ofStreams, add: (config: Config) => ofStreams.add(String(config['name']), config) },
    consumers: {
      info: (_: string, name: string) => ofConsumers.info(name),
      add: (_: string, config: Config) => ofConsumers.add(String(config['durable_name']), config),
      update: (_: string, name: string, config: Config) => ofConsumers.update(name, config),
    },
  } as unknown as JetStreamManager;
};

beforeEach(() => {
  [streams, consumers, done, failure] = [new Map(), new Map(), [], undefined];
});

const provision = async (role = 'check') => {
  await provisionStreams(manager(), options);
  await provisionTaskConsumer(manager(), role);
  return done.splice(0);
};
const missing = (...roles: string[]) => missingParts(manager(), options, roles);

describe('the streams', () => {
  it('are made where they are not, and left alone where they are as wanted', async () => {
    expect(await provision()).toEqual([
      ...['EVENTS', 'TASKS', 'LOGS', 'ADVISORIES'].map((name) => `add stream ${name}`),
      'add consumer role-check',
    ]);
    expect(await provision()).toEqual([]);
  });

  it('keep what they hold where they have been changed: they are changed back', async () => {
    await provision();
    streams.get('EVENTS')!['discard'] = 'old';
    consumers.get('role-check')!['max_deliver'] = 1;
    expect(await provision()).toEqual(['update stream EVENTS', 'update consumer role-check']);
    expect(await missing('check')).toEqual([]);
  });

  it('never lose an event in silence, and know a repeated one for two minutes', async () => {
    await provision();
    expect(streams.get('EVENTS')).toMatchObject({
      ...{ subjects: ['agencyos.evt.>'], discard: 'new', num_replicas: 3, max_bytes: 5_000_000, storage: 'file' },
      ...{ max_age: 7 * 86_400 * 1e9, duplicate_window: 120 * 1e9 },
    });
    expect(streams.get('TASKS')).toMatchObject({ retention: 'workqueue', discard: 'old', max_age: 86_400 * 1e9 });
    expect(streams.get('LOGS')).toMatchObject({ discard: 'old', max_age: 86_400 * 1e9 });
  });

  it('of events are made anew and empty', async () => {
    await provision();
    await recreateEvents(manager(), options);
    expect(done).toEqual(['delete stream EVENTS', 'add stream EVENTS']);
  });
});

describe('the queue of a role', () => {
  it('gives a hint again that nobody acknowledged, five times', async () => {
    await provision('notes');
    expect(consumers.get('role-notes')).toMatchObject({
      ...{
        filter_subject: 'agencyos.task.notes',
        ack_policy: 'explicit',
        ack_wait: 10e9,
        max_deliver: 5,
        max_ack_pending: 1_000,
      },
      backoff: [10e9, 20e9, 40e9, 60e9],
    });
  });
});

describe('what is gone or was changed', () => {
  it('is named', async () => {
    await provision();
    streams.delete('LOGS');
    streams.get('ADVISORIES')!['max_bytes'] = 1;
    expect(await missing('check', 'notes')).toEqual(['LOGS', 'ADVISORIES', 'role-notes']);
  });

  it('is not asked of roles where their stream is gone', async () => {
    await provision();
    streams.delete('TASKS');
    expect(await missing('check', 'notes')).toEqual(['TASKS']);
  });

  it('is not known where nobody answers', async () => {
    failure = new Error('no responders');
    await expect(missing()).rejects.toThrow('no responders');
    await expect(provision()).rejects.toThrow('no responders');
    failure = notFound(10_008);
    await expect(missing()).rejects.toThrow('not found');
  });
});
