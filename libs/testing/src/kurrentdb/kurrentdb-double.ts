import { randomUUID } from 'node:crypto';
import { Server, ServerCredentials, type ServerDuplexStream, status, type UntypedHandleCall } from '@grpc/grpc-js';
import gossipService from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/gossip_grpc_pb.js';
import gossip from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/gossip_pb.js';
import featuresService from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_grpc_pb.js';
import features from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_pb.js';
import shared from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js';
import streamsService from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_grpc_pb.js';
import type { BatchAppendReq, BatchAppendResp } from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js';
import { DoubleLog, type DoubleRecord } from './double-log.js';
import {
  appendAnswer,
  appendOf,
  type AppendWord,
  eventMessage,
  failure,
  nameOf,
  notLeader,
  streamNotFound,
} from './double-messages.js';
import { DoubleSubscription, filterOf, type ReadCall } from './double-subscription.js';

export { DoubleLog };

type BatchCall = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;

/** What becomes of the next append. */
export type AppendFault =
  /** Recorded, but the connection breaks before the answer. */
  | 'lose_answer'
  /** Neither recorded nor answered. */
  | 'hang'
  | AppendWord;

/**
 * A double of a KurrentDB server for tests, made from the service definitions that the official client ships: it
 * speaks their protocol on a port of its own and shows a real server's behaviour, faults on demand among it.
 */
export class KurrentDbDouble {
  readonly log: DoubleLog;
  /** Every append as it came: how many events, whatever became of it. */
  readonly appendSizes: number[] = [];
  /** Members of its cluster; empty = it stands alone. The first one leads. */
  cluster: KurrentDbDouble[] = [];
  private server?: Server;
  private port = 0;
  private readonly subscriptions = new Map<ReadCall, DoubleSubscription>();
  private readonly batches = new Set<BatchCall>();
  private readonly appendFaults: AppendFault[] = [];
  private readsToFail = 0;

  /** @param log that of another double of the cluster, which has replicated everything */
  constructor(log = new DoubleLog()) {
    this.log = log;
  }

  static async start(log?: DoubleLog): Promise<KurrentDbDouble> {
    const double = new KurrentDbDouble(log);
    await double.start();
    return double;
  }

  get url(): string {
    return `kurrentdb://${this.address}?tls=false`;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get openSubscriptions(): number {
    return this.subscriptions.size;
  }

  /** Starts, on the port of before if there was one. */
  async start(): Promise<void> {
    const server = new Server();
    const streams = {
      read: (call: ReadCall) => this.read(call),
      batchAppend: (call: BatchCall) => this.batchAppend(call),
    };
    server.addService(streamsService.StreamsService, streams as unknown as Record<string, UntypedHandleCall>);
    server.addService(featuresService.ServerFeaturesService, {
      getSupportedMethods: (_: unknown, answer: (error: null, value: unknown) => void) => answer(null, supported()),
    } as unknown as Record<string, UntypedHandleCall>);
    server.addService(gossipService.GossipService, {
      read: (_: unknown, answer: (error: null, value: unknown) => void) => answer(null, this.members()),
    } as unknown as Record<string, UntypedHandleCall>);
    this.port = await new Promise<number>((resolve, reject) =>
      server.bindAsync(`127.0.0.1:${this.port}`, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    );
    this.server = server;
  }

  /** As `kill -9`: every connection breaks. The log stays. */
  stop(): void {
    this.server?.forceShutdown();
    this.server = undefined;
    this.subscriptions.clear();
    this.batches.clear();
  }

  failNextAppends(...faults: AppendFault[]): void {
    this.appendFaults.push(...faults);
  }

  failNextReads(count: number): void {
    this.readsToFail += count;
  }

  /** Ends every subscription as a server that goes away. */
  dropSubscriptions(): void {
    this.endSubscriptions(status.UNAVAILABLE, 'connection dropped');
  }

  /** Ends every subscription as a server does whose reader cannot follow a burst. */
  abortAsTooSlow(): void {
    const text = 'Consumer too slow to handle event while live. Client resubscription required.';
    this.endSubscriptions(status.ABORTED, `Operation timed out: ${text}`);
  }

  /** This member leads from now on; calls to the others are told so. */
  lead(): void {
    for (const member of this.cluster) {
      member.cluster = [this, ...this.cluster.filter((other) => other !== this)];
      if (member === this) continue;
      member.endSubscriptions(status.UNAVAILABLE, 'leader changed');
      for (const call of member.batches) call.emit('error', notLeader(this.endPoint));
    }
  }

  private get endPoint(): { host: string; port: number } {
    return { host: '127.0.0.1', port: this.port };
  }

  private endSubscriptions(code: status, details: string): void {
    for (const call of this.subscriptions.keys()) call.emit('error', failure(code, details));
    this.subscriptions.clear();
  }

  private leaderElsewhere(call: { metadata: { get(key: string): unknown[] } }): KurrentDbDouble | undefined {
    const [leader] = this.cluster;
    return leader !== this && call.metadata.get('requires-leader')[0] === 'true' ? leader : undefined;
  }

  private batchAppend(call: BatchCall): void {
    this.batches.add(call);
    call.on('close', () => this.batches.delete(call)).on('end', () => call.end());
    call.on('error', () => this.batches.delete(call));
    call.on('data', (request: BatchAppendReq) => {
      const leader = this.leaderElsewhere(call);
      if (leader) return void call.emit('error', notLeader(leader.endPoint));
      const { stream, expected, events } = appendOf(request);
      this.appendSizes.push(events.length);
      const fault = this.appendFaults.shift();
      if (fault === 'hang') return;
      if (fault && fault !== 'lose_answer') return void call.write(appendAnswer(request, fault));
      const outcome = this.log.append(stream, expected, events);
      if (fault === 'lose_answer') call.emit('error', failure(status.UNAVAILABLE, 'connection dropped'));
      else call.write(appendAnswer(request, outcome));
      for (const member of this.cluster.length > 0 ? this.cluster : [this]) member.deliver();
    });
  }

  private deliver(): void {
    for (const subscription of this.subscriptions.values()) subscription.live();
  }

  private read(call: ReadCall): void {
    const options = call.request.getOptions()!;
    const leader = this.leaderElsewhere(call);
    if (leader) return void call.emit('error', notLeader(leader.endPoint));
    if (this.readsToFail > 0) {
      this.readsToFail--;
      return void call.emit('error', failure(status.UNAVAILABLE, 'connection dropped'));
    }
    try {
      if (options.hasSubscription()) this.subscribe(call);
      else this.send(call, options.hasStream() ? this.ofStream(call) : this.ofAll(call));
    } catch {
      // A position where no record starts. The server's log knows the reason, its answers do not tell.
      const code = options.hasSubscription() ? status.UNKNOWN : status.UNAVAILABLE;
      call.emit('error', failure(code, 'Exception was thrown by handler.'));
    }
  }

  private subscribe(call: ReadCall): void {
    call.on('cancelled', () => this.subscriptions.delete(call)).on('error', () => this.subscriptions.delete(call));
    this.subscriptions.set(call, new DoubleSubscription(call, this.log, randomUUID()));
  }

  private send(call: ReadCall, records: DoubleRecord[] | undefined): void {
    const options = call.request.getOptions()!;
    if (!records) call.write(streamNotFound(nameOf(options.getStream()!.getStreamIdentifier())));
    for (const record of records ?? []) call.write(eventMessage(record, call.request));
    call.end();
  }

  private ofStream(call: ReadCall): DoubleRecord[] | undefined {
    const options = call.request.getOptions()!;
    const wanted = options.getStream()!;
    const records = this.log.stream(nameOf(wanted.getStreamIdentifier()));
    if (records.length === 0) return undefined;
    const from = wanted.hasRevision() ? Number(wanted.getRevision()) : 0;
    return records.slice(from, from + Math.min(Number(options.getCount()), records.length));
  }

  private ofAll(call: ReadCall): DoubleRecord[] {
    const options = call.request.getOptions()!;
    const all = options.getAll()!;
    const from = all.getPosition() && BigInt(all.getPosition()!.getCommitPosition());
    const index = from === undefined ? undefined : this.log.indexOf(from);
    const backwards = options.getReadDirection() === 1;
    const { records } = this.log;
    const found = backwards ? records.slice(0, index ?? (all.hasStart() ? 0 : undefined)).reverse() : records.slice(index);
    return found.filter(filterOf(call.request)).slice(0, Math.min(Number(options.getCount()), found.length));
  }

  private members() {
    const members = this.cluster.length > 0 ? this.cluster : [this];
    const info = new gossip.ClusterInfo();
    return info.setMembersList(
      members.map((member, n) =>
        new gossip.MemberInfo()
          .setInstanceId(new shared.UUID().setString(randomUUID()))
          .setTimeStamp('17637999000000000')
          .setState(n === 0 ? gossip.MemberInfo.VNodeState.LEADER : gossip.MemberInfo.VNodeState.FOLLOWER)
          .setIsAlive(member.server !== undefined)
          .setHttpEndPoint(new gossip.EndPoint().setAddress('127.0.0.1').setPort(member.port)),
      ),
    );
  }
}

function supported() {
  const method = new features.SupportedMethod()
    .setMethodName('batchappend')
    .setServiceName('event_store.client.streams.streams')
    .setFeaturesList(['deadline_duration']);
  return new features.SupportedMethods().setEventStoreServerVersion('23.10.8').setMethodsList([method]);
}
