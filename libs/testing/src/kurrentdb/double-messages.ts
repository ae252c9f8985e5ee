import { Metadata, status } from '@grpc/grpc-js';
import type { ReadReq, ReadResp } from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js';
import type { BatchAppendReq, BatchAppendResp } from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js';
import type { UUID } from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js';
import shared from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js';
import statusMessages from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/status_pb.js';
import streams from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { DoubleEvent, DoubleOutcome, DoubleRecord, Expected } from './double-log.js';

const bytes = (value: Uint8Array | string): Uint8Array => (typeof value === 'string' ? Buffer.from(value, 'base64') : value);

export const nameOf = (identifier: { getStreamName(): Uint8Array | string } | undefined): string =>
  Buffer.from(bytes(identifier?.getStreamName() ?? '')).toString('utf8');

/** One append as it came. */
export function appendOf(request: BatchAppendReq): {
  stream: string;
  expected: Expected;
  events: DoubleEvent[];
} {
  const options = request.getOptions()!;
  const cases = streams.BatchAppendReq.Options.ExpectedStreamPositionCase;
  const expected = {
    [cases.STREAM_POSITION]: Number(options.getStreamPosition()),
    [cases.NO_STREAM]: 'no_stream' as const,
    [cases.STREAM_EXISTS]: 'stream_exists' as const,
  }[options.getExpectedStreamPositionCase() as number];
  const events = request.getProposedMessagesList().map((message) => ({
    id: message.getId()!.getString(),
    type: message.getMetadataMap().get('type') ?? '',
    contentType: message.getMetadataMap().get('content-type') ?? '',
    data: bytes(message.getData()),
    metadata: bytes(message.getCustomMetadata()),
  }));
  return { stream: nameOf(options.getStreamIdentifier()), expected: expected ?? 'any', events };
}

/** What the server says of an append, or a word of its own (`not_ready`, `access_denied`, `timeout`). */
export type AppendWord = 'not_ready' | 'access_denied' | 'timeout';

export function appendAnswer(request: BatchAppendReq, outcome: DoubleOutcome | AppendWord): BatchAppendResp {
  const response = new streams.BatchAppendResp();
  response.setCorrelationId(request.getCorrelationId());
  response.setStreamIdentifier(request.getOptions()?.getStreamIdentifier());
  if (typeof outcome === 'object' && outcome.result === 'success') {
    const success = new streams.BatchAppendResp.Success();
    const position = new shared.AllStreamPosition();
    position.setCommitPosition(String(outcome.position)).setPreparePosition(String(outcome.position));
    success.setCurrentRevision(String(outcome.revision)).setPosition(position);
    return response.setSuccess(success);
  }
  const [type, detail, text] = detailsOf(outcome, request);
  const details = new any.Any();
  details.pack(detail.serializeBinary(), type);
  return response.setError(new statusMessages.Status().setMessage(text).setDetails(details));
}

function detailsOf(
  outcome: Exclude<DoubleOutcome, { result: 'success' }> | AppendWord,
  request: BatchAppendReq,
): [type: string, detail: { serializeBinary(): Uint8Array }, text: string] {
  switch (typeof outcome === 'string' ? outcome : outcome.result) {
    case 'wrong_expected_version': {
      const { current } = outcome as { current: number };
      const detail = new shared.WrongExpectedVersion();
      if (current < 0) detail.setCurrentNoStream(new empty.Empty());
      else detail.setCurrentStreamRevision(String(current));
      return ['event_store.client.WrongExpectedVersion', detail, 'WrongExpectedVersion'];
    }
    case 'stream_deleted': {
      const detail = new shared.StreamDeleted().setStreamIdentifier(request.getOptions()!.getStreamIdentifier());
      return ['event_store.client.StreamDeleted', detail, 'Stream is deleted'];
    }
    case 'too_large': {
      const detail = new shared.MaximumAppendSizeExceeded().setMaxappendsize(1024 * 1024);
      return ['event_store.client.MaximumAppendSizeExceeded', detail, 'Maximum Append Size Exceeded'];
    }
    case 'bad_request': {
      const { message } = outcome as { message: string };
      return ['event_store.client.BadRequest', new shared.BadRequest().setMessage(message), 'BadRequest'];
    }
    case 'access_denied':
      return ['event_store.client.AccessDenied', new shared.AccessDenied(), 'Access Denied'];
    case 'timeout':
      return ['event_store.client.Timeout', new shared.Timeout(), 'Timeout'];
    default:
      return ['google.protobuf.Empty', new empty.Empty(), 'Server Is Not Ready'];
  }
}

export function eventMessage(record: DoubleRecord, request: ReadReq): ReadResp {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  const textual = request.getOptions()?.getUuidOption()?.hasString() ?? true;
  recorded
    .setId(textual ? new shared.UUID().setString(record.id) : structured(record.id))
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(record.stream)))
    .setStreamRevision(String(record.revision))
    .setCommitPosition(String(record.position))
    .setPreparePosition(String(record.position))
    .setData(record.data)
    .setCustomMetadata(record.metadata);
  recorded.getMetadataMap().set('type', record.type).set('content-type', record.contentType).set('created', '17637999000000000');
  const event = new streams.ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(String(record.position));
  return new streams.ReadResp().setEvent(event);
}

function structured(id: string): UUID {
  const hex = id.replaceAll('-', '');
  const value = new shared.UUID.Structured()
    .setMostSignificantBits(String(BigInt.asIntN(64, BigInt(`0x${hex.slice(0, 16)}`))))
    .setLeastSignificantBits(String(BigInt.asIntN(64, BigInt(`0x${hex.slice(16)}`))));
  return new shared.UUID().setStructured(value);
}

export const confirmation = (id: string): ReadResp =>
  new streams.ReadResp().setConfirmation(new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(id));
export const caughtUp = (): ReadResp => new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp());
export const checkpoint = (position: bigint): ReadResp =>
  new streams.ReadResp().setCheckpoint(
    new streams.ReadResp.Checkpoint().setCommitPosition(String(position)).setPreparePosition(String(position)),
  );
export const streamNotFound = (stream: string): ReadResp => {
  const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
  return new streams.ReadResp().setStreamNotFound(new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifier));
};

/** A call that ends badly, as grpc-js takes it. */
export const failure = (code: status, details: string, metadata: Record<string, string> = {}) => {
  const values = new Metadata();
  for (const [key, value] of Object.entries(metadata)) values.set(key, value);
  return Object.assign(new Error(details), { code, details, metadata: values });
};

export const notLeader = ({ host, port }: { host: string; port: number }) =>
  failure(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  });
