import { jetstream, newId, subjects, TaskLogBatch } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Bus, describeError, Logger } from '@agencyos/runtime';
import { AckPolicy, DeliverPolicy, jetstreamManager, JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { Injectable } from '@nestjs/common';

const TIMEOUT_MS = 3_000;
const FORGOTTEN_AFTER_MS = 10_000;
/** A sender may write any number of batches of any task: a page looks through so many, and the next one goes on. */
const MOST_MESSAGES = 500;
const NOT_THERE = new Set([10059, 10014]);
/** Batches on their way together: a page ends long before a busy run's log does. */
const AT_ONCE = 200;

export interface LoggedBatch {
  batch: TaskLogBatch;
  /** Position in the stream. */
  sequence: number;
}

/** What workers have said in the stream LOGS, for a day: shown to people and decided by nobody. */
@Injectable()
export class LogStream {
  constructor(
    private readonly bus: Bus,
    private readonly logger: Logger,
  ) {}

  /**
   * The batches that a sender has said of a run, from a position on, until `enough` says so. What others say of a task
   * that is not theirs is on subjects of their own, and never read.
   *
   * @returns whether there are more
   * @throws Rejection when the stream does not answer
   */
  async read(runId: string, sender: string, from: number, enough: (logged: LoggedBatch) => boolean): Promise<boolean> {
    try {
      return await this.readFrom(subjects.taskLog(runId, sender), from, enough);
    } catch (error) {
      if (error instanceof JetStreamApiError && NOT_THERE.has(error.code)) return false;
      this.logger.warn({ runId, error: describeError(error) }, 'the logs of a run could not be read');
      throw new Rejection('busy', { detail: 'Logs cannot be read right now.', retryAfterMs: 1_000 });
    }
  }

  private async readFrom(subject: string, from: number, enough: (logged: LoggedBatch) => boolean): Promise<boolean> {
    const manager = await jetstreamManager(this.bus.connection, { timeout: TIMEOUT_MS, checkAPI: false });
    const name = `gateway-${newId()}`;
    const { num_pending: pending } = await manager.consumers.add(jetstream.logs, {
      name,
      ack_policy: AckPolicy.None,
      ...(from > 1
        ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: from }
        : { deliver_policy: DeliverPolicy.All }),
      filter_subject: subject,
      inactive_threshold: nanos(FORGOTTEN_AFTER_MS),
      mem_storage: true,
      num_replicas: 1,
    });
    try {
      return pending > 0 && (await pull(manager, name, pending, enough));
    } finally {
      // It would end by itself.
      manager.consumers.delete(jetstream.logs, name).catch(() => undefined);
    }
  }
}

async function pull(
  manager: JetStreamManager,
  name: string,
  pending: number,
  enough: (logged: LoggedBatch) => boolean,
): Promise<boolean> {
  const consumer = await manager.jetstream().consumers.get(jetstream.logs, name);
  let left = pending;
  let read = 0;
  while (left > 0) {
    const asked = Math.min(left, AT_ONCE);
    let came = 0;
    for await (const message of await consumer.fetch({ max_messages: asked, expires: TIMEOUT_MS })) {
      came += 1;
      const batch = parse(message.data);
      if (batch && enough({ batch, sequence: message.seq })) return true;
      if (came === asked) break;
    }
    left -= came;
    read += came;
    if (read >= MOST_MESSAGES && left > 0) return true;
    if (came < asked) return true; // it answers slowly: the next page goes on from here
  }
  return false;
}

function parse(bytes: Uint8Array): TaskLogBatch | undefined {
  try {
    return TaskLogBatch.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
