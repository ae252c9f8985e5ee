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
    const parts = inParts([...view.rows]);
    this.waiting = undefined;
    if (resync) this.socket.send('resync_required', { kind, id });
    const lacks = incompleteSince !== undefined && { incompleteSince };
    const moreAfter = (n: number) => n < parts.length - 1 && { more: true };
    const first = { kind, id, epoch, revision, ...lacks, ...moreAfter(0), rows: Object.fromEntries(parts[0] ?? []) };
    if (parts.length <= 1) return this.socket.send('snapshot', first);
    this.waiting = [];
    const sendPart = (n: number) => () => {
      if (generation !== this.generation) return;
      const part = parts[n];
      if (!part) return this.catchUp(view);
      const ops = part.map(([key, value]) => ({ op: 'put' as const, key, value }));
      const frame = { kind, id, epoch, from: revision, to: revision, ...moreAfter(n), ops };
      this.socket.send('delta', frame, sendPart(n + 1));
    };
    this.socket.send('snapshot', first, sendPart(1));
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

function inParts(rows: Row[]): Row[][] {
  const parts: Row[][] = [];
  let bytes = Infinity;
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row));
    if (bytes + size > PART_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)!.push(row);
    bytes += size;
  }
  return parts;
}
