import type { CardRow, InboxRow, TaskBadgeRow, TaskLive } from '@agencyos/contracts';
import { isFailed, isOver } from '@agencyos/contracts/moves';
import { nobodyFor, TASK_STATE_WORDS, taskStateOf } from '../../run/pure/task-look';
import type { IconName } from '../../ui/drawings';
import { clockOrDay, countdown, duration, elapsed } from '../../ui/pure/format';
import { STATE_WORDS, type State } from '../../ui/pure/state-words';
import { leaseAt, type LeaseLook } from '../../ui/pure/lease';
import { WISH_WORDS, declinedWords } from './move-rules';

/** What lies beside the card's own row: swarm's and approvals' facts about the mirrored work. */
export interface CardFacts {
  badge?: TaskBadgeRow | undefined;
  progress?: TaskLive | undefined;
  approval?: InboxRow | undefined;
  /** Why its gate did not open, and who decided so. */
  refusal?: string | undefined;
  /** Roles that some agent is registered for, once known. */
  roles?: ReadonlySet<string> | undefined;
  /** When this page began to listen, ms: before that, silence means nothing. */
  listeningSince: number;
}

export interface CardNote {
  tone: 'waiting' | 'blocked' | 'healing' | 'plain';
  icon: IconName;
  text: string;
  link?: { label: string; path: string[] };
}

export interface CardLook {
  state: State;
  stateWord: string;
  role?: string;
  who?: string;
  lease?: LeaseLook;
  /** Heartbeat age, e.g. `1 s`; only of running work. */
  beat?: string;
  line?: string;
  /** Percent done, as far as the worker says. */
  share?: number;
  note?: CardNote;
  attempt?: number;
  time?: string;
  /** Only the first two rows are shown. */
  settled: boolean;
}

/** How long a declined wish is shown, ms. */
const DECLINED_MS = 60_000;

const CATEGORY_GLYPHS: Record<CardRow['category'], State> = {
  todo: 'todo',
  doing: 'progress',
  review: 'review',
  done: 'done',
  cancelled: 'cancelled',
};

export function cardLook(card: CardRow, facts: CardFacts, now: number): CardLook {
  const { badge } = facts;
  const state = stateOf(card, badge);
  const settled = isOver(card.category);
  const word = badge?.state === 'skipped' ? TASK_STATE_WORDS.skipped : STATE_WORDS[state];
  const look: CardLook = { state, stateWord: word, settled };
  const role = badge?.role ?? (badge?.state === 'waiting' ? 'gate' : undefined);
  if (role) look.role = role;
  const who =
    badge?.holder ?? card.assignees[0] ?? (card.source?.kind === 'incident' ? 'service:healer' : undefined);
  if (who) look.who = who;
  if (badge && badge.attempt > 1) look.attempt = badge.attempt;
  const time = timeOf(card, badge, now);
  if (time) look.time = time;
  const note = noteOf(card, facts, now);
  if (note) look.note = note;
  if (badge?.state === 'leased' || badge?.state === 'stopping')
    Object.assign(look, running(badge, facts, now));
  return look;
}

function running(
  badge: TaskBadgeRow,
  { progress, listeningSince }: CardFacts,
  now: number,
): Partial<CardLook> {
  const present = progress?.attempt === badge.attempt ? progress : undefined;
  const line = present?.line;
  const share = present?.progress === undefined ? undefined : Math.round(100 * present.progress);
  const said = { ...(line && { line }), ...(share !== undefined && { share }) };
  if (badge.leaseMs === undefined) return said;
  const lease = leaseAt(present?.at ?? badge.leasedAt, badge.leaseMs, now, listeningSince);
  const beat = lease.state === 'lost' ? 'lost' : `${Math.floor(lease.silentMs / 1000)} s`;
  return { lease, beat, ...said };
}

export function stateOf(card: CardRow, badge: TaskBadgeRow | undefined): State {
  if (isFailed(card)) return 'failed';
  if (badge) return taskStateOf(badge.state);
  if (card.source?.kind === 'incident') {
    if (card.category === 'doing') return 'healing';
    if (card.category === 'review') return 'waiting';
  }
  return CATEGORY_GLYPHS[card.category];
}

function timeOf(card: CardRow, badge: TaskBadgeRow | undefined, now: number): string | undefined {
  if (badge?.startedAt && badge.endedAt)
    return duration(Date.parse(badge.endedAt) - Date.parse(badge.startedAt));
  if (badge?.startedAt && badge.state === 'leased') return elapsed(now - Date.parse(badge.startedAt));
  if (card.finishedAt) return clockOrDay(card.finishedAt, now);
  return undefined;
}

/** At most one strip: what waits for a person, before what is blocked, before what the page only notes. */
function noteOf(
  card: CardRow,
  { approval, refusal, badge, roles }: CardFacts,
  now: number,
): CardNote | undefined {
  if (approval?.state === 'open') {
    const { approvals, need, expiresAt, approvalId } = approval;
    const left = Date.parse(expiresAt) - now;
    const time =
      left < 3_600_000 ? `${Math.max(0, Math.floor(left / 60_000))} min left` : `${countdown(left)} left`;
    return {
      tone: 'waiting',
      icon: 'shield',
      text: `${approvals} of ${need} approved, ${time}`,
      link: { label: 'Review', path: ['/inbox', approvalId] },
    };
  }
  if (card.pending)
    return { tone: 'plain', icon: 'clock', text: `${WISH_WORDS[card.pending.wants]}, no answer yet` };
  if (card.declined && now - Date.parse(card.declined.at) < DECLINED_MS) {
    return { tone: 'blocked', icon: 'refuse', text: declinedWords(card.declined.code) };
  }
  if (card.blocked) return { tone: 'blocked', icon: 'blocked', text: refusal ?? card.blocked.reason };
  // Not every board has a column for what was given up: in Done it must not be taken for done.
  if (badge?.state === 'skipped') return { tone: 'blocked', icon: 'blocked', text: 'Skipped, not done' };
  if (badge?.state === 'cancelled') return { tone: 'blocked', icon: 'blocked', text: 'Cancelled, not done' };
  const nobody = badge && nobodyFor(badge, roles);
  if (nobody !== undefined) return { tone: 'blocked', icon: 'warn', text: nobody };
  if (card.source?.kind === 'incident' && card.category === 'done') {
    return { tone: 'healing', icon: 'check', text: 'Resolved' };
  }
  return undefined;
}
