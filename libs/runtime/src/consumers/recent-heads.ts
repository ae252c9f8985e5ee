import type { ViewHead } from '@agencyos/contracts';

export const RECENT_SECONDS = 60;
const MOST = 1_000;

/**
 * Heads of the views that changed within the last minute, at most a thousand: repeated to readers, who so notice
 * that they lost the last delta. The projector is the only writer of its views, hence knows them without asking.
 */
export class RecentHeads {
  private readonly heads = new Map<string, { head: ViewHead; until: number }>();

  note(head: ViewHead): void {
    const key = `${head.kind} ${head.id}`;
    // Re-inserting keeps the map ordered by age.
    this.heads.delete(key);
    this.heads.set(key, { head, until: performance.now() + RECENT_SECONDS * 1_000 });
    if (this.heads.size > MOST) this.heads.delete(this.heads.keys().next().value!);
  }

  list(): ViewHead[] {
    const now = performance.now();
    for (const [key, { until }] of this.heads) {
      if (until > now) break;
      this.heads.delete(key);
    }
    return [...this.heads.values()].map(({ head }) => head);
  }
}
