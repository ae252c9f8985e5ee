import type { Fact, IncidentEvent, RunEvent } from '@agencyos/contracts';
import type { Memory, Reaction, Reactions } from '@agencyos/runtime';
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
export const boardMirror = (operationsBoardId: string): Reactions => ({
  name: 'board-mirror',
  source: 'events',
  categories: ['run', 'incident'],
  react: (fact, memory) =>
    fact.context === 'healer' ? mirrorIncident(fact, operationsBoardId) : mirrorRun(fact, memory),
});

async function mirrorRun(fact: Fact, memory: Memory): Promise<Reaction[]> {
  const event = fact as Fact & RunEvent;
  const { runId } = event.data;
  const key = `run/${runId}`;
  if (event.type === 'RunStarted') {
    const { boardId, cards } = event.data;
    if (boardId === undefined || cards === 'none') return [];
    memory.set(key, { boardId, cards } satisfies Shown);
    if (cards === 'tasks') return [];
    return [
      cardsAdd(boardId, [runCard(runId, event.data.name)]),
      ...follow('cards-follow', boardId, fact, runSyncs(event)),
    ];
  }
  const shown = await memory.get<Shown>(key);
  if (!shown) return [];
  const { boardId, cards } = shown;
  if (cards === 'run') return follow('cards-follow', boardId, fact, runSyncs(event));
  if (event.type !== 'TasksPlanned') return follow('cards-follow', boardId, fact, taskSyncs(event));
  const added = taskCards(runId, event.data.tasks);
  return added.length > 0 ? [cardsAdd(boardId, added)] : [];
}

function mirrorIncident(fact: Fact, boardId: string): Reaction[] {
  const event = fact as Fact & IncidentEvent;
  if (event.type === 'IncidentOpened') return [cardsAdd(boardId, [incidentCard(event.data)])];
  return follow('incident-follow', boardId, fact, incidentSyncs(event));
}

const cardsAdd = (boardId: string, cards: object[]): Reaction => ({
  name: 'cards-add',
  command: { type: 'AddCards', data: { boardId, cards } },
});

const follow = (name: string, boardId: string, { revision }: Fact, syncs: Sync[]): Reaction[] =>
  syncs.map((sync) => ({
    name,
    command: { type: 'SyncCard', data: { boardId, ...sync, sourceRevision: revision } },
  }));
