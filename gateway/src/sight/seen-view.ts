import type { ViewOp } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import type { Caller } from '../identity/caller.js';
import { ViewState } from '../views/pure/view-state.js';
import type { Sight } from './sight.js';

/** Marks the epoch of a view in which something is hidden: such a view is read anew, never resumed. */
const MARK = '~';

export const epochWith = (epoch: string, key: string): string => (key === '' ? epoch : `${epoch}${MARK}${key}`);
export const resumes = (epoch: string, key: string): boolean => key === '' && !epoch.includes(MARK);

/** The view as the caller sees it. @throws Rejection `not_found` where all of one thing is hidden */
export async function seenView(sight: Sight, caller: Caller, view: ViewState): Promise<ViewState> {
  const { kind, id, epoch, revision, incompleteSince } = view;
  const sightKey = sight.keyOf(caller);
  const rows = new Map<string, unknown>();
  for (const [key, row] of view.rows) if (await sight.seesRow(caller, kind, id, key, row)) rows.set(key, row);
  if (rows.size === 0 && view.rows.size > 0 && id !== 'all')
    throw new Rejection('not_found', { detail: `There is no ${kind} ${id}.` });
  if (sightKey === '' && rows.size === view.rows.size) return view;
  return new ViewState(kind, id, epochWith(epoch, sightKey), revision, rows, incompleteSince);
}

/** The changes that the caller sees; `hidden` remembers the keys of what they do not. */
export async function seenOps(
  sight: Sight,
  caller: Caller,
  { kind, id }: { kind: string; id: string },
  ops: readonly ViewOp[],
  hidden: Set<string>,
): Promise<ViewOp[]> {
  const seen: ViewOp[] = [];
  for (const op of ops) {
    if (op.op === 'del') {
      if (!hidden.delete(op.key)) seen.push(op);
    } else if (await sight.seesRow(caller, kind, id, op.key, op.value)) {
      hidden.delete(op.key);
      seen.push(op);
    } else {
      hidden.add(op.key);
    }
  }
  return seen;
}
