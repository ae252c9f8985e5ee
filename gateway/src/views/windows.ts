import type { ViewDelta, ViewHead, ViewOp, WindowAsked, WindowPage, WindowSight } from '@agencyos/contracts';
import { isRejection } from '@agencyos/decider';
import type { ViewCursor } from './view-cache.js';
import { WindowState } from './pure/window-state.js';

/** Asks the owner of a view for what a window of it shows now. @throws Rejection */
export type ReadWindow = (kind: string, id: string, asked: WindowAsked) => Promise<WindowPage>;

/** What has changed in a window. */
export interface WindowDelta extends Pick<ViewDelta, 'epoch' | 'from' | 'to' | 'ops'> {
  total: number;
  offset: number;
}

export interface WindowReader {
  /** The window from the beginning, also whenever what came before cannot be continued. */
  snapshot(state: WindowState): void;
  delta(delta: WindowDelta): void;
  /** The owner refuses (`final`) or does not answer; in the latter case it follows once it does. */
  failed(error: unknown, final: boolean): void;
}

type Reading = 'counts' | 'rows';

interface Entry {
  kind: string;
  id: string;
  sight: WindowSight;
  readers: Map<WindowReader, ViewCursor | undefined>;
  state?: WindowState;
  /** Revision up to which its readers were told. */
  told: number;
  /** What is read now, and what has to be after that. */
  reading?: Reading | undefined;
  wanted?: Reading | undefined;
  /** Deltas that arrive while its rows are read. */
  arrived: ViewDelta[];
  readAt: number;
}

/** A window is read again at most as often as this: what changes in between comes together. */
const READ_EVERY_MS = 100;
const TRY_AGAIN_MS = 1_000;
/** A head may overtake the delta it speaks of. */
const HEAD_GRACE_MS = 250;
const MOST_ARRIVED = 1_000;

/**
 * Windows of views that somebody here looks at. A change of a row that stays where it stands is passed on as it comes;
 * one that lies outside costs a count, and only one that moves rows into the window or out of it has it read again.
 */
export class Windows {
  private readonly entries = new Map<string, Set<Entry>>();

  constructor(
    private readonly read: ReadWindow,
    private readonly later: (act: () => void, ms: number) => void = (act, ms) => void setTimeout(act, ms).unref(),
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @returns function that ends it */
  subscribe(kind: string, id: string, sight: WindowSight, reader: WindowReader, cursor?: ViewCursor): () => void {
    const entry = this.entry(kind, id, sight);
    const isNew = entry.readers.size === 0;
    if (entry.state && entry.told !== entry.state.revision) this.tell(entry, entry.state, []);
    entry.readers.set(reader, cursor);
    if (entry.state) begin(reader, entry.state, cursor);
    else if (isNew) this.want(entry, 'rows');
    return () => {
      entry.readers.delete(reader);
      if (entry.readers.size === 0) this.forget(entry);
    };
  }

  /** Whether somebody looks at the view through a window. */
  has(kind: string, id: string): boolean {
    return this.entries.has(viewOf(kind, id));
  }

  delta(delta: ViewDelta): void {
    for (const entry of this.of(delta)) {
      if (entry.reading !== 'rows' && entry.state) this.take(entry, entry.state, delta);
      else if (entry.arrived.push(delta) > MOST_ARRIVED) entry.arrived.shift();
    }
  }

  head(head: ViewHead): void {
    for (const entry of this.of(head)) {
      if (!isBehind(entry.state, head)) continue;
      this.later(() => {
        if (isBehind(entry.state, head)) this.want(entry, 'rows');
      }, HEAD_GRACE_MS);
    }
  }

  /** After a reconnect: deltas may have been missed. */
  refreshAll(): void {
    for (const entries of this.entries.values()) for (const entry of entries) this.want(entry, 'rows');
  }

  get size(): number {
    let count = 0;
    for (const { size } of this.entries.values()) count += size;
    return count;
  }

  private of({ kind, id }: { kind: string; id: string }): Entry[] {
    return [...(this.entries.get(viewOf(kind, id)) ?? [])];
  }

  private entry(kind: string, id: string, sight: WindowSight): Entry {
    const view = viewOf(kind, id);
    let windows = this.entries.get(view);
    if (!windows) this.entries.set(view, (windows = new Set<Entry>()));
    const asked = JSON.stringify(sight.asked);
    for (const entry of windows) if (JSON.stringify(entry.sight.asked) === asked && standsThere(entry)) return entry;
    const entry = { kind, id, sight, readers: new Map(), told: 0, arrived: [], readAt: -Infinity };
    windows.add(entry);
    return entry;
  }

  private forget(entry: Entry): void {
    const view = viewOf(entry.kind, entry.id);
    const windows = this.entries.get(view);
    windows?.delete(entry);
    if (windows?.size === 0) this.entries.delete(view);
  }

  private take(entry: Entry, state: WindowState, delta: ViewDelta): void {
    const { epoch, revision } = state;
    if (delta.epoch !== epoch || delta.from > revision) return this.want(entry, 'rows');
    // A fact that was set aside and could be projected after all changes rows where the view stands already.
    const late = delta.from === revision && delta.ops.length > 0;
    if (delta.to <= revision && !late) return;
    const effect = state.apply(delta);
    if (effect.reads === 'rows') return this.want(entry, 'rows');
    if (effect.reads === 'counts') this.want(entry, 'counts');
    // What lies outside is told once it is counted.
    if (effect.ops.length > 0) this.tell(entry, state, effect.ops);
  }

  private want(entry: Entry, reading: Reading): void {
    const isWaiting = entry.wanted !== undefined;
    if (entry.wanted !== 'rows') entry.wanted = reading;
    if (isWaiting || entry.reading) return;
    const waitMs = entry.readAt + READ_EVERY_MS - this.now();
    if (waitMs > 0) this.later(() => void this.run(entry), waitMs);
    else void this.run(entry);
  }

  private async run(entry: Entry): Promise<void> {
    if (entry.readers.size === 0 || entry.reading || !entry.wanted) return;
    entry.reading = entry.wanted;
    entry.wanted = undefined;
    entry.readAt = this.now();
    if (entry.reading === 'rows') entry.arrived = [];
    let failure: unknown;
    try {
      if (entry.reading === 'rows' || !entry.state) await this.readRows(entry);
      else await this.count(entry, entry.state);
    } catch (error) {
      failure = error;
    }
    entry.reading = undefined;
    if (failure !== undefined) return this.failed(entry, failure);
    const { arrived, state } = entry;
    entry.arrived = [];
    if (state) for (const delta of arrived) this.take(entry, state, delta);
    const wanted = entry.wanted as Reading | undefined;
    if (!wanted) return;
    entry.wanted = undefined;
    this.want(entry, wanted);
  }

  private async readRows(entry: Entry): Promise<void> {
    const { kind, id, sight, state: before } = entry;
    const page = await this.read(kind, id, this.onward(entry));
    const state = new WindowState(sight, page);
    entry.state = state;
    const { epoch, revision, incompleteSince } = state;
    if (before?.epoch === epoch && before.incompleteSince === incompleteSince && before.revision <= revision)
      return this.tell(entry, state, before.differenceTo(state));
    entry.told = revision;
    for (const [reader, cursor] of entry.readers) begin(reader, state, before ? undefined : cursor);
  }

  private async count(entry: Entry, state: WindowState): Promise<void> {
    const page = await this.read(entry.kind, entry.id, { ...this.onward(entry), limit: 0 });
    if (page.epoch !== state.epoch) return this.want(entry, 'rows');
    // Whatever is counted too early or too late, the change itself has it counted again.
    state.counted(page);
    this.tell(entry, state, []);
  }

  /** What was asked, from where it stands by now. */
  private onward({ sight: { asked }, state }: Entry): WindowAsked {
    const from = state?.anchor;
    if (!from) return asked;
    const { offset: _, ...rest } = asked;
    return { ...rest, from };
  }

  private failed(entry: Entry, error: unknown): void {
    const final = isRejection(error) && error.status < 500;
    for (const reader of [...entry.readers.keys()]) reader.failed(error, final);
    if (!final) this.later(() => this.want(entry, 'rows'), TRY_AGAIN_MS);
  }

  private tell(entry: Entry, { epoch, revision, total, offset }: WindowState, ops: ViewOp[]): void {
    const delta = { epoch, from: entry.told, to: revision, total, offset, ops };
    entry.told = revision;
    for (const reader of entry.readers.keys()) reader.delta(delta);
  }
}

/** Who holds the rows of now already is told the counts alone. */
function begin(reader: WindowReader, state: WindowState, cursor: ViewCursor | undefined): void {
  const { epoch, revision, total, offset, incompleteSince } = state;
  if (cursor?.epoch === epoch && cursor.revision === revision && incompleteSince === undefined)
    reader.delta({ epoch, from: revision, to: revision, total, offset, ops: [] });
  else reader.snapshot(state);
}

/** Windows stay with their first row, so that one may have gone far from the offset that was asked for. */
const standsThere = ({ state, sight: { asked } }: Entry): boolean =>
  !state || asked.from !== undefined || !asked.offset || state.offset === Math.min(asked.offset, state.total);
const viewOf = (kind: string, id: string): string => `${kind} ${id}`;
const isBehind = (state: WindowState | undefined, head: ViewHead): boolean =>
  state !== undefined &&
  (head.epoch !== state.epoch || head.to > state.revision || head.incompleteSince !== state.incompleteSince);
