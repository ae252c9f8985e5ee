import type { ViewDelta } from '@agencyos/contracts';
import { isRejection } from '@agencyos/decider';
import type { ViewReader } from '../views/view-cache.js';
import type { ViewState } from '../views/pure/view-state.js';
import { frameOf, type LiveSocket } from './live-socket.js';

/** Serialised size of one frame's rows: a large view goes out in parts, each after the one before has left. */
const PART_BYTES = 192 * 1024;
const MOST_WAITING = 2_000;

const frames = new WeakMap<ViewDelta, Buffer>();

/** Writes one view to one socket. */
export class ViewSubscription implements ViewReader {
  /** Deltas held back while the parts of a snapshot are on their way. */
  private waiting: ViewDelta[] | undefined;
  private generation = 0;

  constructor(
    private readonly socket: LiveSocket,
    private readonly kind: string,
    private readonly id: string,
    private readonly giveUp: () => void,
  ) {}

  snapshot(view: ViewState, resync: boolean): void {
    const { kind, id } = this;
    const { epoch, revision, incompleteSince } = view;
    const generation = ++this.generation;
    // As they are now. Each part is written when its turn has come: all at once would hold up everybody else.
    const rows = [...view.rows];
    this.waiting = undefined;
    if (resync) this.socket.send('resync_required', { kind, id });
    const lacks = incompleteSince !== undefined && { incompleteSince };
    const moreAfter = ({ next }: Part) => next < rows.length && { more: true };
    const first = partFrom(rows, 0);
    const head = { kind, id, epoch, revision, ...lacks, ...moreAfter(first), rows: Object.fromEntries(first.rows) };
    if (first.next === rows.length) return this.socket.send('snapshot', head);
    this.waiting = [];
    const sendFrom = (start: number) => () => {
      if (generation !== this.generation) return;
      if (start === rows.length) return this.catchUp(view);
      const part = partFrom(rows, start);
      const ops = part.rows.map(([key, value]) => ({ op: 'put' as const, key, value }));
      const frame = { kind, id, epoch, from: revision, to: revision, ...moreAfter(part), ops };
      this.socket.send('delta', frame, sendFrom(part.next));
    };
    this.socket.send('snapshot', head, sendFrom(first.next));
  }

  delta(delta: ViewDelta): void {
    if (!this.waiting) return this.forward(delta);
    // One more than are sent tells that there were too many; who reads slowly must not have all of them kept.
    if (this.waiting.length <= MOST_WAITING) this.waiting.push(delta);
  }

  failed(error: unknown, final: boolean): void {
    const { kind, id } = this;
    const code = isRejection(error) ? error.code : 'busy';
    const detail = final ? String((error as Error).message) : 'It does not answer right now; it follows as soon as it does.';
    this.socket.error({ code, kind, id, detail });
    if (final) this.giveUp();
  }

  /** Nobody listens any more: what is left of the parts stays here, for on this socket the view may begin anew. */
  end(): void {
    this.generation++;
    this.waiting = undefined;
  }

  private catchUp(view: ViewState): void {
    const waiting = this.waiting ?? [];
    this.waiting = undefined;
    if (waiting.length > MOST_WAITING) return this.snapshot(view, true);
    for (const delta of waiting) this.forward(delta);
  }

  private forward(delta: ViewDelta): void {
    let frame = frames.get(delta);
    if (!frame) frames.set(delta, (frame = frameOf('delta', delta)));
    this.socket.sendFrame(frame);
  }
}

type Row = [key: string, value: unknown];

interface Part {
  rows: Row[];
  /** Where the one after it begins. */
  next: number;
}

/** As many rows as fit, and one at least. */
function partFrom(rows: readonly Row[], start: number): Part {
  let bytes = 0;
  let next = start;
  for (; next < rows.length; next++) {
    bytes += Buffer.byteLength(JSON.stringify(rows[next]));
    if (bytes > PART_BYTES && next > start) break;
  }
  return { rows: rows.slice(start, next), next };
}
