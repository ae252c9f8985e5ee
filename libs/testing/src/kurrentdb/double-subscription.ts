import type { ServerWritableStream } from '@grpc/grpc-js';
import type { ReadReq, ReadResp } from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js';
import type { DoubleLog, DoubleRecord } from './double-log.js';
import { caughtUp, checkpoint, confirmation, eventMessage } from './double-messages.js';

/** The server considers so many events at once; checkpoints come in multiples of it. */
const WINDOW = 32;

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

export function filterOf(request: ReadReq): (record: DoubleRecord) => boolean {
  const filter = request.getOptions()?.getFilter();
  if (!filter) return () => true;
  const expression = (filter.getStreamIdentifier() ?? filter.getEventType())!;
  const [prefixes, regex] = [expression.getPrefixList(), expression.getRegex()];
  return (record) => {
    const subject = filter.hasStreamIdentifier() ? record.stream : record.type;
    if (prefixes.length > 0) return prefixes.some((prefix) => subject.startsWith(prefix));
    return new RegExp(regex).test(subject);
  };
}

/** One subscription to `$all` as the server runs it: catching up in windows, then live. */
export class DoubleSubscription {
  private next: number;
  private considered = 0;
  private readonly wanted: (record: DoubleRecord) => boolean;
  private readonly interval: number;

  constructor(
    private readonly call: ReadCall,
    private readonly log: DoubleLog,
    id: string,
  ) {
    const options = call.request.getOptions()!;
    this.wanted = filterOf(call.request);
    this.interval = WINDOW * (options.getFilter()?.getCheckpointintervalmultiplier() ?? 0);
    const from = options.getAll()!.getPosition();
    // As the server does: it reads one event from the position on and continues behind that one.
    this.next = from ? Math.min(log.indexOf(BigInt(from.getCommitPosition())) + 1, log.records.length) : 0;
    call.write(confirmation(id));
    this.catchUp();
    call.write(caughtUp());
  }

  /** Sends what was appended. */
  live(): void {
    for (let record = this.log.records[this.next]; record; record = this.log.records[this.next]) {
      this.next++;
      this.send(record);
      if (this.interval > 0 && ++this.considered >= this.interval) this.checkpointAt(record.position);
    }
  }

  private catchUp(): void {
    while (this.next < this.log.records.length) {
      const window = this.log.records.slice(this.next, this.next + WINDOW);
      this.next += window.length;
      let reached = window[0]!.position;
      for (const record of window) if (this.send(record)) reached = record.position;
      this.considered += window.length;
      if (this.interval > 0 && this.considered >= this.interval) this.checkpointAt(reached);
    }
  }

  private send(record: DoubleRecord): boolean {
    const wanted = this.wanted(record);
    if (wanted) this.call.write(eventMessage(record, this.call.request));
    return wanted;
  }

  private checkpointAt(position: bigint): void {
    this.considered = 0;
    this.call.write(checkpoint(position));
  }
}
