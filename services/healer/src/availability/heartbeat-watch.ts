import type { ProcessStatus } from '../supervisor/supervisor-client.js';
import { Instances, type Instance } from './instances.js';

/** What is expected of one target's heartbeats, and what its monitor's stream says at present. */
export interface Watched {
  monitorId: string;
  everyMs: number;
  /** So many in a row missing = breached. */
  missed: number;
  clearForMs: number;
  noDataMs: number;
  breached: boolean;
  /** The monitor reports no data. */
  lost: boolean;
}

/**
 * What the supervisor says of a process; nothing when it cannot be asked. `stopped`: as it was told to, `failed`: it
 * ended by itself or was killed.
 */
export type ProcessState = ProcessStatus['state'];

/** A process that the supervisor runs, and the instance that it is or last was. */
export interface RunProcess {
  /** Of its heartbeats: the same for all processes of one service. */
  name: string;
  state: ProcessState;
  instanceId?: string | null | undefined;
}

/** A suspected transition; times are milliseconds ago. */
export interface Transition {
  monitorId: string;
  state: 'breached' | 'clear' | 'no_data' | 'data';
  sinceAgoMs: number;
  missed: number;
  instances: string[];
  /** So many instances there are, when only some of them are in breach. */
  among?: number;
}

interface Watch {
  expected: Watched;
  instances: Instances;
}

/** A process that the supervisor is starting or stopping is given so long. */
const START_GRACE_MS = 60_000;
/**
 * A process that the supervisor sees alive is not dead but slow or hung: restarting it for a few seconds without a turn
 * on a busy machine would only add to the load.
 */
const HUNG_AFTER_MS = 10_000;
/** When watching begins, whatever has not been heard yet is given so long, unless it is known to be dead. */
const BEGIN_GRACE_MS = 10_000;
/**
 * Longer than this between two echoes of our own means that nothing could be heard meanwhile: NATS was away or stood
 * still, or this process itself was held up.
 */
const DEAF_MS = 1_000;

/**
 * Judges heartbeats, for each service those of all its instances: good is it while none is missed. Silence is counted in
 * *listening* time, which lasts from echo to echo of what we sent to NATS ourselves: what passes while NATS is away or
 * stands still, or while this process itself is held up, proves nothing about others. And when more than half of all
 * targets are silent at once, the fault is more likely between them and here: then it is `no_data`, unless the
 * supervisor knows a process to be dead. Of a dead one a single missing heartbeat is enough: no more will come.
 *
 * Pure: `now` is any monotonic clock in milliseconds.
 */
export class HeartbeatWatch {
  private readonly watches = new Map<string, Watch>();
  private listened = 0;
  private echoedAt: number | undefined;
  private lookedAt: number | undefined;
  private deafMs = 0;

  /** Adds, changes or (undefined) ends a watch; `key` is the heartbeat's, e.g. `service/kanban`. */
  expect(key: string, expected: Watched | undefined): void {
    const known = this.watches.get(key);
    if (!expected) this.watches.delete(key);
    else if (known) known.expected = expected;
    else this.watches.set(key, { expected, instances: new Instances(this.listened) });
  }

  heard(key: string, instanceId: string, now: number): void {
    const watch = this.watches.get(key);
    watch?.instances.heard(instanceId, this.listenedAt(now), silenceLimit(watch.expected));
  }

  /** It ends as it was told to: nobody shall miss it. */
  left(key: string, instanceId: string, now: number): void {
    this.watches.get(key)?.instances.left(instanceId, this.listenedAt(now));
  }

  /** NATS has just answered us: whatever it had for us before has arrived. */
  echoed(now: number): void {
    const passed = now - (this.echoedAt ?? now);
    this.echoedAt = now;
    if (passed < DEAF_MS) this.listened += passed;
  }

  /** Called a few times a second. What it returns is repeated until `expect` says that it is known. */
  look(now: number, processes?: readonly RunProcess[]): Transition[] {
    const passed = now - (this.lookedAt ?? now);
    this.lookedAt = now;
    this.echoedAt ??= now;
    const deaf = now - this.echoedAt >= DEAF_MS;
    this.deafMs = deaf ? this.deafMs + Math.min(passed, DEAF_MS) : 0;
    if (deaf) {
      const blind = [...this.watches.values()].filter(({ expected }) => !expected.lost && expected.noDataMs <= this.deafMs);
      return blind.map((watch) => transition(watch, 'no_data', this.deafMs));
    }
    const blind = this.mostAreSilent();
    return [...this.watches].flatMap(([key, watch]) =>
      this.judge(
        watch,
        blind,
        processes?.filter(({ name }) => name === nameOf(key)),
      ),
    );
  }

  /** True when a heartbeat is overdue, so that it is worth asking the supervisor. */
  get suspicious(): boolean {
    return [...this.watches.values()].some(
      ({ expected, instances }) => !expected.breached && instances.members().some((one) => this.isSilent(expected, one, true)),
    );
  }

  get inBreach(): boolean {
    return [...this.watches.values()].some(({ expected }) => expected.breached);
  }

  private judge(watch: Watch, blind: boolean, processes: readonly RunProcess[] | undefined): Transition[] {
    const { expected, instances } = watch;
    if (processes) instances.compare(processes, this.listened);
    instances.forgetReplaced(this.listened, expected.everyMs);
    const members = instances.members();
    const stateOf = (one: Instance) => instances.processOf(one, processes)?.state;
    const silent = members.filter((one) => this.isSilent(expected, one, stateOf(one) === 'failed'));
    if (silent.length === 0) return this.good(watch, members);
    for (const one of silent) delete one.goodSince;
    const missed = silent.filter((one) => !this.excused(one, stateOf(one)));
    const [first] = missed;
    if (expected.breached || !first) return [];
    const silence = this.listened - Math.min(...missed.map(({ heardAt }) => heardAt));
    if (blind && !missed.some((one) => stateOf(one) === 'failed'))
      return expected.lost ? [] : [transition(watch, 'no_data', silence)];
    const back = expected.lost ? [transition(watch, 'data', 0)] : [];
    const breached = { ...transition(watch, 'breached', silence), instances: named(missed) };
    return [...back, missed.length < members.length ? { ...breached, among: members.length } : breached];
  }

  private good(watch: Watch, members: readonly Instance[]): Transition[] {
    const { expected, instances } = watch;
    if (!instances.everHeard) return [];
    const back = expected.lost ? [transition(watch, 'data', this.listened - instances.heardAt)] : [];
    const good = Math.min(...members.map(({ goodSince }) => this.listened - (goodSince ?? this.listened)));
    const steady = members.every(({ heardAt }) => this.listened - heardAt < 2 * expected.everyMs);
    return expected.breached && good >= expected.clearForMs && steady ? [...back, transition(watch, 'clear', good)] : back;
  }

  private excused({ heardAt }: Instance, state: ProcessState | undefined): boolean {
    const silence = this.listened - heardAt;
    if (state === 'starting' || state === 'stopped') return silence < START_GRACE_MS;
    return state === 'ready' && silence < HUNG_AFTER_MS;
  }

  private isSilent(expected: Watched, { heardAt, everHeard }: Instance, dead: boolean): boolean {
    const limit = silenceLimit(expected) + (everHeard ? 0 : BEGIN_GRACE_MS);
    return this.listened - heardAt >= (dead ? expected.everyMs : limit);
  }

  /** Counts of whom all but the last heartbeat of the limit are missing, from every instance: those would follow within the same window. */
  private mostAreSilent(): boolean {
    const silent = [...this.watches.values()].filter(
      ({ expected, instances: { heardAt, everHeard } }) =>
        this.listened - heardAt >= (expected.missed - 1) * expected.everyMs + (everHeard ? 0 : BEGIN_GRACE_MS),
    );
    return silent.length * 2 > this.watches.size;
  }

  private listenedAt(now: number): number {
    const passed = now - (this.echoedAt ?? now);
    return this.listened + (passed < DEAF_MS ? passed : 0);
  }
}

const silenceLimit = ({ everyMs, missed }: Watched) => everyMs * missed;
const nameOf = (key: string) => key.slice(key.indexOf('/') + 1);
const named = (instances: readonly Instance[]) => instances.flatMap(({ id }) => id ?? []);

function transition({ expected, instances }: Watch, state: Transition['state'], sinceAgoMs: number): Transition {
  const { monitorId, everyMs } = expected;
  const agoMs = Math.max(0, Math.round(sinceAgoMs));
  return { monitorId, state, sinceAgoMs: agoMs, missed: Math.floor(agoMs / everyMs), instances: named(instances.members()) };
}
