import { randomUUID } from 'node:crypto';
import {
  jsonEvent,
  type KurrentDBClient,
  NO_STREAM,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@kurrent/kurrentdb-client';

/** Metadata of a stream that has no events: no reader of events meets it. */
const STREAM = '$$agencyos';

/** The log's own id (UUID), minted by whoever asks first: two logs cannot be told apart by their positions. */
export async function logId(client: KurrentDBClient): Promise<string> {
  for (;;) {
    const present = await readLogId(client);
    if (present) return present;
    // Not with `setStreamMetadata`: of the revision that it takes the client makes nothing, so two would win.
    const event = jsonEvent({ type: '$metadata', data: { logId: randomUUID() } });
    try {
      await client.appendToStream(STREAM, event, { streamState: NO_STREAM, requiresLeader: true });
    } catch (error) {
      if (!(error instanceof WrongExpectedVersionError)) throw error;
    }
  }
}

async function readLogId(client: KurrentDBClient): Promise<string | undefined> {
  try {
    for await (const { event } of client.readStream(STREAM, { maxCount: 1, requiresLeader: true })) {
      return (event?.data as { logId?: string }).logId;
    }
  } catch (error) {
    if (!(error instanceof StreamNotFoundError)) throw error;
  }
  return undefined;
}
