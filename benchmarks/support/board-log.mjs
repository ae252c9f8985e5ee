import { randomUUID } from 'node:crypto';

const CATEGORIES = ['todo', 'doing', 'review', 'done'];
/** Where a card is one after another; then it is archived. */
const WAY = [0, 1, 2, 1, 2, 3];

/**
 * One board's stream, written past its service: the events are such as its rules make, but the writer costs next to
 * nothing beside what reads them.
 */
export class BoardLog {
  boardId = randomUUID();
  stream = `board-${this.boardId}`;
  revision = -1;
  cards = [];
  numbers = 0;
  turn = 0;
  columns = CATEGORIES.map((category, n) => ({
    columnId: randomUUID(),
    name: category,
    category,
    rank: `a${n}`,
    wipMode: 'warn',
    perLane: false,
  }));

  constructor(store, key) {
    this.store = store;
    this.key = key;
  }

  /** The board, and so many cards on it. */
  *opening(cards) {
    const { boardId, key, columns } = this;
    const board = { boardId, name: `Board ${key}`, key, purpose: 'work', columns, laneBy: 'none' };
    yield { type: 'BoardOpened', data: { ...board, visibility: 'all' } };
    while (this.cards.length < cards) yield this.add(this.cards.length);
  }

  /** Endless: cards go their way one step after another; who has come to its end makes room for a new one. */
  *life() {
    for (;;) {
      const place = this.turn++ % this.cards.length;
      const { cardId, step } = this.cards[place];
      if (step + 1 < WAY.length) yield this.move(place);
      else {
        yield { type: 'CardArchived', data: { boardId: this.boardId, cardId, why: 'person' } };
        yield this.add(place);
      }
    }
  }

  /** The next card's next step. */
  moveNext() {
    return this.move(this.turn++ % this.cards.length);
  }

  add(place) {
    const { boardId } = this;
    const number = ++this.numbers;
    const cardId = randomUUID();
    this.cards[place] = { cardId, step: 0 };
    const { columnId, category } = this.columns[0];
    const card = { cardId, title: `Card ${number} of the benchmark`, priority: 'normal', labels: ['bench'] };
    const stands = { number, columnId, category, rank: `a${number}`, overLimit: false };
    return { type: 'CardAdded', data: { boardId, ...card, assignees: [], ...stands } };
  }

  /** The next step of the card at a place; from the last one back to the first. */
  move(place) {
    const { boardId, cards } = this;
    const card = cards[place];
    const from = this.columnOf(card);
    card.step = (card.step + 1) % WAY.length;
    const to = this.columnOf(card);
    const way = { fromColumnId: from.columnId, toColumnId: to.columnId, fromCategory: from.category };
    const stands = {
      category: to.category,
      rank: `b${this.revision + 1}`,
      moved: 'person',
      overLimit: false,
    };
    return { type: 'CardMoved', data: { boardId, cardId: card.cardId, ...way, ...stands } };
  }

  columnOf({ step }) {
    return this.columns[WAY[step]];
  }

  /** Appends as one command; resolves once durable. Appends of one stream keep their order in the store. */
  async append(...facts) {
    const commandId = randomUUID();
    const digest = `sha256:${'0'.repeat(64)}`;
    const metadata = {
      commandId,
      commandDigest: digest,
      correlationId: commandId,
      causationId: commandId,
      actor: `user:${this.boardId}`,
      depth: 0,
      recordedAt: new Date().toISOString(),
      traceparent: `00-${commandId.replaceAll('-', '')}-${'2'.repeat(16)}-00`,
    };
    const events = facts.map(({ type, data }) => ({ id: randomUUID(), type, schema: 1, data, metadata }));
    const expectedRevision = this.revision;
    this.revision += events.length;
    const commands = [{ commandId, principal: metadata.actor, digest, revision: this.revision }];
    const { status } = await this.store.append({ stream: this.stream, expectedRevision, events, commands });
    if (status !== 'appended') throw new Error(`an append to ${this.stream} was answered ${status}`);
  }
}

/** `BAA`, `BAB`, … */
export const boardKey = (n) => `B${String.fromCharCode(65 + Math.floor(n / 26), 65 + (n % 26))}`;
