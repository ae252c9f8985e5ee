import { newId } from '@agencyos/contracts';
import type { Api } from './api.js';

const WRITERS = 8;
const PACE_MS = 50;

/** People who add cards all the time, each command repeated under its id until it is answered. */
export class Traffic {
  /** Ids of the commands that were answered 2xx. */
  readonly answered: string[] = [];
  /** Answers by status, those of repetitions too; 0 = none came. */
  readonly statuses: Record<number, number> = {};
  private stopped = false;
  private readonly writing: Promise<unknown>;

  constructor(
    private readonly api: Api,
    private readonly boardId: string,
  ) {
    this.writing = Promise.all(Array.from({ length: WRITERS }, () => this.write()));
  }

  /** Resolves once what is under way has been answered. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.writing;
  }

  private async write(): Promise<void> {
    while (!this.stopped) {
      await this.addCard();
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    }
  }

  private async addCard(): Promise<void> {
    const id = newId();
    const card = { cardId: newId(), title: 'Written meanwhile', priority: 'normal', labels: [], assignees: [] };
    for (;;) {
      const answer = await this.api
        .command('kanban', 'AddCards', { boardId: this.boardId, cards: [card] }, id)
        .catch(() => ({ status: 0 }));
      this.statuses[answer.status] = (this.statuses[answer.status] ?? 0) + 1;
      if (answer.status === 200) return void this.answered.push(id);
      if (answer.status > 0 && answer.status < 500) throw new Error(`AddCards: ${JSON.stringify(answer)}`);
      await new Promise((resolve) => setTimeout(resolve, 2 * PACE_MS));
    }
  }
}
