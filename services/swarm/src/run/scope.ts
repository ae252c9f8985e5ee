/** What it takes for a group to succeed. */
export interface ScopeRule {
  /** How many stand directly inside. */
  size: number;
  /** How many of them are to succeed; absent: all that are not skipped. */
  need?: number | undefined;
  /** It fails only when nothing goes on inside any more. */
  collect: boolean;
}

/** How those inside have ended. */
export interface ScopeCounts {
  succeeded: number;
  /** Skipped by a condition: neither done nor failed. */
  passed: number;
  /** Failed, cancelled, or given up because of others. */
  broken: number;
}

export const NOTHING_INSIDE: ScopeCounts = { succeeded: 0, passed: 0, broken: 0 };

/** What has become of a group; undefined as long as both ways are open. Skipped: all that stood inside was. */
export function verdict(
  { size, need, collect }: ScopeRule,
  { succeeded, passed, broken }: ScopeCounts,
): 'succeeded' | 'failed' | 'skipped' | undefined {
  const open = size - succeeded - passed - broken;
  if (open === 0 && passed === size) return 'skipped';
  const wanted = need ?? size - passed;
  if (need === undefined ? open === 0 && broken === 0 : succeeded >= need) return 'succeeded';
  const hopeless = need === undefined ? broken > 0 : succeeded + open < wanted;
  return hopeless && (open === 0 || !collect) ? 'failed' : undefined;
}
