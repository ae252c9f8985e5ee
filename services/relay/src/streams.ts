import { jetstream as names, subjects, taskConsumer } from '@agencyos/contracts';
import {
  AckPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';

export const ADVISORIES = 'ADVISORIES';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MIB = 1024 * 1024;
const STREAM_NOT_FOUND = 10059;
const CONSUMER_NOT_FOUND = 10014;

export interface StreamOptions {
  /** Copies of every message; 3 in a cluster, 1 on one machine. */
  replicas: number;
  /** What EVENTS may take at most. */
  eventsMaxBytes: number;
}

type Wanted = Partial<StreamConfig> & { name: string; subjects: string[] };

function wantedStreams({ replicas, eventsMaxBytes }: StreamOptions): Wanted[] {
  const common = { storage: StorageType.File, num_replicas: replicas };
  return [
    {
      ...common,
      name: names.events,
      subjects: [subjects.allEvents],
      // Overflow is an error that the relay answers and reports, never a silent loss.
      discard: DiscardPolicy.New,
      max_bytes: eventsMaxBytes,
      max_age: nanos(7 * DAY_MS),
      duplicate_window: nanos(2 * MINUTE_MS),
    },
    {
      ...common,
      name: names.tasks,
      subjects: [subjects.taskOffer('*')],
      retention: RetentionPolicy.Workqueue,
      discard: DiscardPolicy.Old,
      max_bytes: 256 * MIB,
      max_age: nanos(DAY_MS), // a hint nobody wanted; the run's own stream still knows the task
    },
    {
      ...common,
      name: names.logs,
      subjects: [subjects.taskLog('*', '*')],
      discard: DiscardPolicy.Old,
      max_bytes: 1024 * MIB,
      max_age: nanos(DAY_MS),
    },
    {
      ...common,
      name: ADVISORIES,
      subjects: ['$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>', '$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>'],
      discard: DiscardPolicy.Old,
      max_bytes: 64 * MIB,
      max_age: nanos(7 * DAY_MS),
    },
  ];
}

/** Makes every stream as wanted; what they hold stays. */
export async function provisionStreams(manager: JetStreamManager, options: StreamOptions): Promise<void> {
  for (const wanted of wantedStreams(options)) {
    const present = await manager.streams.info(wanted.name).catch(absent(STREAM_NOT_FOUND));
    if (!present) await manager.streams.add(wanted);
    else if (differs(present.config, wanted)) await manager.streams.update(wanted.name, wanted);
  }
}

/** Makes EVENTS anew and empty. */
export async function recreateEvents(manager: JetStreamManager, options: StreamOptions): Promise<void> {
  await manager.streams.delete(names.events);
  await provisionStreams(manager, options);
}

/** The queue of hints from which the workers of a role pull. */
export async function provisionTaskConsumer(manager: JetStreamManager, role: string): Promise<void> {
  const name = taskConsumer(role);
  const wanted = wantedConsumer(role);
  const present = await manager.consumers.info(names.tasks, name).catch(absent(CONSUMER_NOT_FOUND));
  if (!present) await manager.consumers.add(names.tasks, { ...wanted, durable_name: name });
  else if (differs(present.config, wanted)) await manager.consumers.update(names.tasks, name, wanted);
}

/** Names of the streams and of the roles' queues that are not there, or not as wanted. */
export async function missingParts(
  manager: JetStreamManager,
  options: StreamOptions,
  roles: Iterable<string>,
): Promise<string[]> {
  const missing: string[] = [];
  for (const wanted of wantedStreams(options)) {
    const present = await manager.streams.info(wanted.name).catch(absent(STREAM_NOT_FOUND));
    if (!present || differs(present.config, wanted)) missing.push(wanted.name);
  }
  if (missing.includes(names.tasks)) return missing;
  for (const role of roles) {
    const present = await manager.consumers.info(names.tasks, taskConsumer(role)).catch(absent(CONSUMER_NOT_FOUND));
    if (!present || differs(present.config, wantedConsumer(role))) missing.push(taskConsumer(role));
  }
  return missing;
}

function wantedConsumer(role: string) {
  return {
    filter_subject: subjects.taskOffer(role),
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(10_000),
    max_deliver: 5,
    backoff: [10_000, 20_000, 40_000, 60_000].map((ms) => nanos(ms)),
    max_ack_pending: 1_000,
  };
}

/** The server adds defaults of its own, so only what is wanted is compared. */
function differs(present: object, wanted: object): boolean {
  const values = present as Record<string, unknown>;
  return Object.entries(wanted).some(([key, value]) => JSON.stringify(values[key]) !== JSON.stringify(value));
}

const absent = (code: number) => (error: unknown) => {
  if (error instanceof JetStreamApiError && error.code === code) return undefined;
  throw error;
};
