import type { boardEvents, CardChanges, CardRow, EventMetadata, FactOf } from '@agencyos/contracts';
import { isOver } from '@agencyos/contracts/moves';

type BoardFact = FactOf<typeof boardEvents>;
type Moved = Extract<BoardFact, { type: 'CardMoved' }>;
type Added = Omit<Extract<BoardFact, { type: 'CardAdded' }>['data'], 'boardId' | 'importId'>;

export const addedCard = (card: Added, { recordedAt: at, actor }: EventMetadata): CardRow => ({
  ...card,
  createdAt: at,
  movedAt: at,
  movedBy: actor,
  moved: card.source ? 'source' : addedBy(actor),
  ...(isOver(card.category) && { finishedAt: at }),
});

function addedBy(actor: string): CardRow['moved'] {
  if (actor.startsWith('user:')) return 'person';
  return actor.startsWith('agent:') ? 'agent' : 'rule';
}

export function movedCard(card: CardRow, { data, metadata }: Moved): CardRow {
  const { recordedAt: at, actor, onBehalfOf } = metadata;
  const { toColumnId, category, rank, laneId, moved, sourceRevision, overLimit } = data;
  const { pending: _, declined: _declined, finishedAt, ...rest } = card;
  return {
    ...rest,
    columnId: toColumnId,
    category,
    rank,
    moved,
    overLimit,
    movedAt: at,
    movedBy: onBehalfOf ?? actor,
    ...(laneId !== undefined && { laneId }),
    ...(sourceRevision !== undefined && { sourceRevision }),
    ...(isOver(category) && { finishedAt: isOver(card.category) && finishedAt ? finishedAt : at }),
  };
}

/** `null` takes a field away. */
export function editedCard(card: CardRow, changes: CardChanges): CardRow {
  const entries = Object.entries({ ...card, ...changes });
  return Object.fromEntries(entries.filter(([, value]) => value !== null)) as unknown as CardRow;
}
