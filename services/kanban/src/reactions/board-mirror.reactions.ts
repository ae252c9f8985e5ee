import { incidentEvents, runEvents, type Fact, type FactOf, type NewCard } from '@agencyos/contracts';
import { defineReactions, reactingTo, type Memory, type Reaction } from '@agencyos/runtime';
import { incidentCard, incidentSyncs } from './incident-cards.js';
import { type CardsOf, runCard, runSyncs, type Sync, taskCards, taskSyncs } from './run-cards.js';

/** Which board shows a run, and how; kept from `RunStarted` on, for a finished run may be reopened. */
interface Shown {
  boardId: string;
  cards: CardsOf;
}

/**
 * cards-add, cards-follow and incident-follow: boards mirror what swarm and healer say. One consumer, so that a card is
 * always added before it is moved.
 */
export const boardMirror = (operationsBoardId: string) =>
  defineReactions('board-mirror', 'events', [
    reactingTo([runEvents], mirrorRun),
    reactingTo([incidentEvents], (fact) => mirrorIncident(fact, operationsBoardId)),
  ]);

async function mirrorRun(fact: FactOf<typeof runEvents>, memory: Memory): Promise<Reaction[]> {
  const { runId } = fact.data;
  const key = `run/${runId}`;
  if (fact.type === 'RunStarted') {
    const { boardId, cards } = fact.data;
    if (boardId === undefined || cards === 'none') return [];
    memory.set(key, { boardId, cards } satisfies Shown);
    if (cards === 'tasks') return [];
    return [cardsAdd(boardId, [runCard(runId, fact.data.name)]), ...follow('cards-follow', boardId, fact, runSyncs(fact))];
  }
  const shown = await memory.get<Shown>(key);
  if (!shown) return [];
  const { boardId, cards } = shown;
  if (cards === 'run') return follow('cards-follow', boardId, fact, runSyncs(fact));
  if (fact.type !== 'TasksPlanned') return follow('cards-follow', boardId, fact, taskSyncs(fact));
  const added = taskCards(runId, fact.data.tasks);
  return added.length > 0 ? [cardsAdd(boardId, added)] : [];
}

function mirrorIncident(fact: FactOf<typeof incidentEvents>, boardId: string): Reaction[] {
  if (fact.type === 'IncidentOpened') return [cardsAdd(boardId, [incidentCard(fact.data)])];
  return follow('incident-follow', boardId, fact, incidentSyncs(fact));
}

const cardsAdd = (boardId: string, cards: NewCard[]): Reaction => ({
  name: 'cards-add',
  command: { type: 'AddCards', data: { boardId, cards } },
});

const follow = (name: string, boardId: string, { revision }: Pick<Fact, 'revision'>, syncs: Sync[]): Reaction[] =>
  syncs.map((sync) => ({
    name,
    command: { type: 'SyncCard', data: { boardId, ...sync, sourceRevision: revision } },
  }));
