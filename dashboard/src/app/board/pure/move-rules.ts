import type { CardRow, CardWish, Column, RefusalOf } from '@agencyos/contracts';
import { isFailed, movesFreely, stopsAttempt, wishFor } from '@agencyos/contracts/moves';
import type { Wip } from './placement';

export interface MoveRefusal {
  title: string;
  detail: string;
}

/** What a drop would do, as far as the page can know; the server has the last word. */
export type DropOutcome =
  | { kind: 'move' }
  /** Asked of the owner of the mirrored work: the card stays until that answers. */
  | { kind: 'ask'; wants: CardWish; stopsAttempt: boolean }
  | { kind: 'refuse'; refusal: MoveRefusal };

export function dropOutcome(card: CardRow, target: Column, wip: Wip): DropOutcome {
  const wants = wishFor(card, target.category);
  if (wants) return { kind: 'ask', wants, stopsAttempt: stopsAttempt(card, wants) };
  if (!movesFreely(card, target.category)) return { kind: 'refuse', refusal: followsSource(card) };
  const enters = card.columnId !== target.columnId;
  if (enters && target.wipMode === 'hard' && (wip.state === 'at' || wip.state === 'over')) {
    return {
      kind: 'refuse',
      refusal: {
        title: `${target.name} is full`,
        detail: `${wip.limit + wip.over} of ${wip.limit}. Finish or move a card first.`,
      },
    };
  }
  return { kind: 'move' };
}

function followsSource(card: CardRow): MoveRefusal {
  const kind = card.source?.kind ?? 'task';
  if (kind === 'task' && card.category === 'doing') {
    return { title: 'The card follows its task', detail: 'Only Todo is possible: it puts the task back.' };
  }
  if (kind === 'task' && isFailed(card)) {
    return { title: 'The task failed', detail: 'Drop it on Todo to try again.' };
  }
  if (kind === 'incident')
    return { title: 'The card follows its incident', detail: 'Drop it on Done to resolve it.' };
  return { title: `The card follows its ${kind}`, detail: 'It moves by itself when the work does.' };
}

/** Wish in words, for the note on the card while its owner has not answered. */
export const WISH_WORDS: Record<CardWish, string> = {
  requeue: 'Asked to start again',
  cancel: 'Asked to cancel',
  claim: 'Asked to take it',
  finish: 'Asked to finish',
  acknowledge: 'Asked to acknowledge',
  resolve: 'Asked to resolve',
};

/** What a wish becomes, see `card-acts`; `not_available` when nobody takes such a wish. */
type DeclinedCode = RefusalOf<'RequeueTask' | 'CancelTask' | 'CancelRun' | 'ResolveIncident'>;

const DECLINED_WORDS: Partial<Record<DeclinedCode, string>> = {
  already_finished: 'The work was finished already',
  not_stoppable: 'It cannot be stopped now',
  stale_revision: 'It changed meanwhile',
  still_breached: 'The fault is still there',
  closed: 'The run is over',
  not_found: 'The work is gone',
  forbidden: 'You may not do that',
};

export const declinedWords = (code: string): string =>
  DECLINED_WORDS[code as DeclinedCode] ?? `Declined: ${code.replaceAll('_', ' ')}`;
