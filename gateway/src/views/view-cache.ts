import type { ViewDelta, ViewHead, ViewPage } from '@agencyos/contracts';
import { isRejection } from '@agencyos/decider';
import { ViewState } from './pure/view-state.js';

/** Asks the owner of a view for one page of it. @throws Rejection */
export type ReadPage = (kind: string, id: string, after?: string) => Promise<ViewPage>;

export interface ViewReader {
  /** The view from the beginning, also whenever what came before cannot be continued (`resync`). */
  snapshot(view: ViewState, resync: boolean): void;
  delta(delta: ViewDelta): void;
  /** The owner refuses (`final`) or does not answer; in the latter case a snapshot follows once it does. */
  failed(error: unknown, final: boolean): void;
}

/** What a reader already holds. */
export interface ViewCursor {
  epoch: string;
  revision: number;
}

interface Entry {
  kind: string;
  id: string;
  view?: ViewState;
  loading?: Promise<ViewState>;
  /** Deltas that arrive while the pages are read. */
  arrived: ViewDelta[];
  readers: Set<ViewReader>;
  usedAt: number;
  refreshing: boolean;
}

const UNUSED_MS = 60_000;
const MOST_WAITING_DELTAS = 5_000;
/** A head may overtake the delta it speaks of. */
const HEAD_GRACE_MS = 250;
const LOAD_TRIES = 5;

/**
 * Views that somebody here looks at: read once from their owner, then kept by deltas. A gap, or a head that does not
 * fit, makes it read again; readers then get the difference and never go back in revision.
 */
export class ViewCache {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly readPage: ReadPage,
    private readonly later: (act: () => void, ms: number) => void = (act, ms) => void setTimeout(act, ms).unref(),
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The view as it is now. @throws Rejection when its owner refuses or does not answer */
  async get(kind: string, id: string): Promise<ViewState> {
    const entry = this.entry(kind, id);
    return entry.view ?? this.load(entry);
  }

  /** @returns function that ends the reading */
  subscribe(kind: string, id: string, reader: ViewReader, cursor?: ViewCursor): () => void {
    const entry = this.entry(kind, id);
    let ended = false;
    const start = (view: ViewState) => {
      if (ended) return;
      const missed = cursor?.epoch === view.epoch ? view.since(cursor.revision) : undefined;
      // Whoever resumes may not know that something is missing, or no longer is.
      if (missed && view.incompleteSince === undefined) for (const delta of missed) reader.delta(delta);
      else reader.snapshot(view, cursor !== undefined);
      entry.readers.add(reader);
    };
    const attempt = (waitMs: number): void => {
      if (ended) return;
      this.load(entry).then(start, (error: unknown) => {
        if (ended) return;
        const final = isFinal(error);
        reader.failed(error, final);
        if (!final) this.later(() => attempt(Math.min(waitMs * 2, 5_000)), waitMs);
      });
    };
    if (entry.view && !entry.loading) start(entry.view);
    else attempt(250);
    return () => {
      ended = true;
      entry.readers.delete(reader);
      entry.usedAt = this.now();
    };
  }

  /** How many rows a reader gets at its beginning, as far as that is known here. */
  rowsFor(kind: string, id: string, cursor?: ViewCursor): number {
    const view = this.entries.get(keyOf(kind, id))?.view;
    if (!view) return 0;
    const resumes = cursor?.epoch === view.epoch && view.incompleteSince === undefined && view.since(cursor.revision);
    return resumes ? 0 : view.rows.size;
  }

  /** Whether the view is here or on its way. */
  has(kind: string, id: string): boolean {
    return this.entries.has(keyOf(kind, id));
  }

  delta(delta: ViewDelta): void {
    const entry = this.entries.get(keyOf(delta.kind, delta.id));
    if (!entry) return;
    if (entry.loading) {
      if (entry.arrived.push(delta) > MOST_WAITING_DELTAS) entry.arrived.shift();
    }
    if (!entry.view) return;
    const outcome = entry.view.apply(delta);
    if (outcome === 'applied') for (const reader of entry.readers) reader.delta(delta);
    else if (outcome === 'gap') this.refresh(entry);
  }

  head(head: ViewHead): void {
    const entry = this.entries.get(keyOf(head.kind, head.id));
    if (!entry?.view || !isBehind(entry.view, head)) return;
    this.later(() => {
      if (entry.view && isBehind(entry.view, head)) this.refresh(entry);
    }, HEAD_GRACE_MS);
  }

  /** After a reconnect: deltas may have been missed. */
  refreshAll(): void {
    for (const [key, entry] of this.entries) {
      if (entry.readers.size > 0 || entry.loading) this.refresh(entry);
      else this.entries.delete(key);
    }
  }

  /** Lets go of views that nobody has looked at for a minute. */
  evict(): void {
    for (const [key, entry] of this.entries) {
      if (entry.readers.size === 0 && !entry.loading && this.now() - entry.usedAt > UNUSED_MS) this.entries.delete(key);
    }
  }

  get size(): number {
    return this.entries.size;
  }

  private entry(kind: string, id: string): Entry {
    const key = keyOf(kind, id);
    const entry: Entry = this.entries.get(key) ?? {
      kind,
      id,
      arrived: [],
      readers: new Set(),
      usedAt: 0,
      refreshing: false,
    };
    this.entries.set(key, entry);
    entry.usedAt = this.now();
    return entry;
  }

  /** Reads again, until it succeeds or nobody looks any more. */
  private refresh(entry: Entry): void {
    if (entry.refreshing) return;
    entry.refreshing = true;
    this.load(entry, true).then(
      () => (entry.refreshing = false),
      () =>
        this.later(() => {
          entry.refreshing = false;
          if (entry.readers.size > 0) this.refresh(entry);
          else delete entry.view;
        }, 1_000),
    );
  }

  private load(entry: Entry, again = false): Promise<ViewState> {
    if (entry.view && !again && !entry.loading) return Promise.resolve(entry.view);
    entry.loading ??= this.read(entry)
      .then((view) => this.replace(entry, view))
      .finally(() => {
        delete entry.loading;
        entry.arrived = [];
      });
    return entry.loading;
  }

  /** All pages, then the deltas that came meanwhile. Starts over when the owner switched epochs in between. */
  private async read(entry: Entry): Promise<ViewState> {
    for (let tries = 1; ; tries++) {
      entry.arrived = [];
      const first = await this.readPage(entry.kind, entry.id);
      const rows = new Map(Object.entries(first.rows));
      let { next } = first;
      let whole = true;
      while (next !== undefined && whole) {
        const page = await this.readPage(entry.kind, entry.id, next);
        whole = page.epoch === first.epoch;
        for (const [key, value] of Object.entries(page.rows)) rows.set(key, value);
        next = page.next;
      }
      const view = new ViewState(entry.kind, entry.id, first.epoch, first.revision, rows, first.incompleteSince);
      if (whole && entry.arrived.every((delta) => view.apply(delta) !== 'gap')) return view;
      if (tries >= LOAD_TRIES) throw new Error(`view ${entry.kind} ${entry.id} could not be read in one piece`);
    }
  }

  private replace(entry: Entry, view: ViewState): ViewState {
    const known = entry.view;
    const differs = known?.epoch !== view.epoch || known.incompleteSince !== view.incompleteSince;
    if (!known || differs || view.revision < known.revision) {
      entry.view = view;
      for (const reader of entry.readers) reader.snapshot(view, true);
      return view;
    }
    const delta = known.differenceTo(view);
    if (known.apply(delta) === 'applied') for (const reader of entry.readers) reader.delta(delta);
    return known;
  }
}

const keyOf = (kind: string, id: string): string => `${kind} ${id}`;
const isBehind = (view: ViewState, head: ViewHead): boolean =>
  head.epoch !== view.epoch || head.to > view.revision || head.incompleteSince !== view.incompleteSince;
const isFinal = (error: unknown): boolean => isRejection(error) && error.status < 500;
