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
 * What the supervisor says of the target's process; undefined when it cannot be asked. `stopped`: as it was told to,
 * `failed`: it ended by itself or was killed.
 */
export type ProcessState = 'starting' | 'ready' | 'stopped' | 'failed';

/** A suspected transition; times are milliseconds ago. */
export interface Transition {
  monitorId: string;
  state: 'breached' | 'clear' | 'no_data' | 'data';
  sinceAgoMs: number;
  missed: number;
  instances: string[];
}

interface Watch {
  expected: Watched;
  /** In listening time; never heard = when watching began. */
  heardAt: number;
  everHeard: boolean;
  /** Since when heartbeats have come without a gap. */
  goodSince?: number;
  instanceId?: string;
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
 * Judges heartbeats. Silence is counted in *listening* time, which lasts from echo to echo of what we sent to NATS
 * ourselves: what passes while NATS is away or stands still, or while this process itself is held up, proves nothing
 * about others. And when more than half of all targets are silent at once, the fault is more likely between them and
 * here: then it is `no_data`, unless the supervisor knows a process to be dead. Of a dead one a single missing heartbeat
 * is enough: no more will come.
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
    else this.watches.set(key, { expected, heardAt: this.listened, everHeard: false });
  }

  heard(key: string, instanceId: string, now: number): void {
    const watch = this.watches.get(key);
    if (!watch) return;
    const passed = now - (this.echoedAt ?? now);
    const heardAt = this.listened + (passed < DEAF_MS ? passed : 0);
    const gap = heardAt - watch.heardAt >= silenceLimit(watch.expected);
    // A new instance has restarted; what the old one did proves nothing for it.
    if (watch.goodSince === undefined || gap || watch.instanceId !== instanceId) watch.goodSince = heardAt;
    Object.assign(watch, { heardAt, everHeard: true, instanceId });
  }

  /** NATS has just answered us: whatever it had for us before has arrived. */
  echoed(now: number): void {
    const passed = now - (this.echoedAt ?? now);
    this.echoedAt = now;
    if (passed < DEAF_MS) this.listened += passed;
  }

  /** Called a few times a second. What it returns is repeated until `expect` says that it is known. */
  look(now: number, processes?: ReadonlyMap<string, ProcessState>): Transition[] {
    const passed = now - (this.lookedAt ?? now);
    this.lookedAt = now;
    this.echoedAt ??= now;
    const deaf = now - this.echoedAt >= DEAF_MS;
    this.deafMs = deaf ? this.deafMs + Math.min(passed, DEAF_MS) : 0;
    if (deaf) {
      const blind = [...this.watches.values()].filter(
        ({ expected }) => !expected.lost && expected.noDataMs <= this.deafMs,
      );
      return blind.map((watch) => this.transition(watch, 'no_data', this.deafMs));
    }
    const blind = this.mostAreSilent();
    return [...this.watches].flatMap(([key, watch]) => this.judge(watch, blind, processes?.get(nameOf(key))));
  }

  /** True when a heartbeat is overdue, so that it is worth asking the supervisor. */
  get suspicious(): boolean {
    return [...this.watches.values()].some((watch) => !watch.expected.breached && this.isSilent(watch, true));
  }

  private judge(watch: Watch, blind: boolean, process: ProcessState | undefined): Transition[] {
    const { expected, heardAt, goodSince } = watch;
    const silence = Math.max(0, this.listened - heardAt);
    const dead = process === 'failed';
    if (!this.isSilent(watch, dead)) {
      if (!watch.everHeard) return [];
      const back = expected.lost ? [this.transition(watch, 'data', silence)] : [];
      const good = this.listened - (goodSince ?? this.listened);
      const steady = good >= expected.clearForMs && silence < 2 * expected.everyMs;
      return expected.breached && steady ? [...back, this.transition(watch, 'clear', good)] : back;
    }
    watch.goodSince = undefined;
    const expectedSilence = (process === 'starting' || process === 'stopped') && silence < START_GRACE_MS;
    const onlySlow = process === 'ready' && silence < HUNG_AFTER_MS;
    if (expected.breached || expectedSilence || onlySlow) return [];
    if (blind && !dead) return expected.lost ? [] : [this.transition(watch, 'no_data', silence)];
    const back = expected.lost ? [this.transition(watch, 'data', 0)] : [];
    return [...back, this.transition(watch, 'breached', silence)];
  }

  private isSilent({ expected, heardAt, everHeard }: Watch, dead: boolean): boolean {
    const limit = silenceLimit(expected) + (everHeard ? 0 : BEGIN_GRACE_MS);
    return this.listened - heardAt >= (dead ? expected.everyMs : limit);
  }

  /** Counts who has missed all but the last heartbeat of the limit: those would follow within the same window. */
  private mostAreSilent(): boolean {
    const silent = [...this.watches.values()].filter(
      ({ expected, heardAt, everHeard }) =>
        this.listened - heardAt >=
        (expected.missed - 1) * expected.everyMs + (everHeard ? 0 : BEGIN_GRACE_MS),
    );
    return silent.length * 2 > this.watches.size;
  }

  private transition(watch: Watch, state: Transition['state'], sinceAgoMs: number): Transition {
    const { expected, instanceId, heardAt } = watch;
    const missed = Math.floor((this.listened - heardAt) / expected.everyMs);
    const instances = instanceId ? [instanceId] : [];
    return {
      monitorId: expected.monitorId,
      state,
      sinceAgoMs: Math.max(0, Math.round(sinceAgoMs)),
      missed,
      instances,
    };
  }
}

const silenceLimit = ({ everyMs, missed }: Watched) => everyMs * missed;
const nameOf = (key: string) => key.slice(key.indexOf('/') + 1);
