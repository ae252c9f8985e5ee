import { describeView, subjects, type ViewDelta, type ViewHead } from '@agencyos/contracts';
import { Wake } from '../background.js';
import type { Epoch } from './epochs.js';
import type { ViewChange } from './projection-rows.js';
import type { ProjectorDependencies } from './projector.js';
import { RECENT_SECONDS, RecentHeads } from './recent-heads.js';
import { allHeads, headOf, headsChangedWithin } from './tables.js';
import type { ViewGaps, ViewRef } from './view-gaps.js';
import { opsJson } from './view-json.js';

/** Views that a fact would have changed, and where it stands in the log. */
export interface Marked {
  views: ViewRef[];
  position: string;
}

/** A `ViewDelta` whose rows are JSON already. */
interface Delta {
  head: Omit<ViewDelta, 'ops'>;
  rows: ViewChange['rows'];
}

const HEADS_EVERY_MS = 2_000;
/** NATS carries a megabyte. */
const DELTA_BYTES = 900_000;

/**
 * Tells readers of one epoch's views what has changed, once it is committed: deltas while the epoch is in use, and heads,
 * by which they see that they lost one.
 */
export class ViewNews {
  private readonly recent = new RecentHeads();

  constructor(
    private readonly epoch: Epoch,
    private readonly gaps: ViewGaps,
    private readonly dependencies: Pick<ProjectorDependencies, 'bus' | 'context' | 'database'>,
  ) {}

  /** What changed lately, whoever wrote it. */
  async load(): Promise<void> {
    const heads = await headsChangedWithin(this.dependencies.database, this.epoch.epoch, RECENT_SECONDS);
    for (const head of heads.filter(isPublished)) this.recent.note(head);
  }

  /** @param before revisions that these views had; 0 for one that is not among them */
  changed(changes: readonly ViewChange[], before: readonly { kind: string; id: string; revision: number }[]): void {
    const revisions = new Map(before.map(({ kind, id, revision }) => [`${kind} ${id}`, revision]));
    for (const { kind, id, to, rows } of changes) {
      if (!isPublished({ kind })) continue;
      const { epoch, active } = this.epoch;
      this.recent.note({ kind, id, epoch, to });
      if (active) this.publish({ head: { kind, id, epoch, from: revisions.get(`${kind} ${id}`) ?? 0, to }, rows });
    }
  }

  /** These views lack facts from now on. */
  async marked(marked: readonly Marked[]): Promise<void> {
    for (const { views, position } of marked) {
      for (const view of this.gaps.note(views, position)) {
        if (view.kind === '') return this.all();
        const head = await headOf(this.dependencies.database, this.epoch.epoch, view);
        if (!isPublished(head)) continue;
        this.recent.note(head);
        this.publishHeads([head]);
      }
    }
  }

  /** The heads of all views: the epoch is in use now, or all of its views lack something. */
  async all(): Promise<void> {
    for await (const heads of allHeads(this.dependencies.database, this.epoch.epoch))
      this.publishHeads(heads.filter(isPublished));
  }

  /** Recent heads again and again, until the signal aborts. */
  async repeat(signal: AbortSignal): Promise<void> {
    const wake = new Wake();
    const stop = this.dependencies.bus.onReconnect(() => wake.wake());
    while (!signal.aborted) {
      const heads = this.epoch.active ? this.recent.list() : [];
      if (heads.length > 0) this.publishHeads(heads);
      await wake.wait(HEADS_EVERY_MS, signal);
    }
    stop();
  }

  private publish({ head, rows }: Delta): void {
    const { connection } = this.dependencies.bus;
    const { kind, id, epoch, to } = head;
    const body = `${JSON.stringify(head).slice(0, -1)},"ops":${opsJson(rows)}}`;
    // Too large for one message: the head tells readers to fetch instead.
    if (Buffer.byteLength(body) > DELTA_BYTES) return this.publishHeads([{ kind, id, epoch, to }]);
    if (!connection.isClosed()) connection.publish(subjects.view(kind, id), body);
  }

  private publishHeads(heads: readonly ViewHead[]): void {
    const { bus, context } = this.dependencies;
    bus.publish(
      subjects.viewHead(context),
      heads.map((head) => this.gaps.mark(head)),
    );
  }
}

/** A view that the contracts do not have is its service's own. */
const isPublished = ({ kind }: { kind: string }): boolean => describeView(kind) !== undefined;
