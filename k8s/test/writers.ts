import { newId } from '@agencyos/contracts';

const CLIENTS = 4;
const PACE_MS = 100;

/** Clients that add cards all the time. */
export class Writers {
  answered = 0;
  /** What came instead of an answer. */
  failed: string[] = [];
  private readonly boardId = newId();
  private readonly opening = newId();
  private readonly columnId = newId();

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** Once, however often it is asked. @throws Error when it is not taken */
  async open(): Promise<true> {
    const columns = [{ columnId: this.columnId, name: 'Todo', category: 'todo', rank: 'a0', wipMode: 'warn', perLane: false }];
    const board = { name: 'Under load', key: 'LOAD', purpose: 'work', columns, laneBy: 'none', visibility: 'all' };
    const answer = await this.command('OpenBoard', { boardId: this.boardId, ...board }, this.opening);
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
    return true;
  }

  async add(): Promise<number> {
    const card = { cardId: newId(), title: 'Written meanwhile', priority: 'normal', labels: [], assignees: [] };
    return (await this.command('AddCards', { boardId: this.boardId, cards: [card] })).status;
  }

  /** @returns what ends it, once what is under way is answered. `tolerant`: what fails is not kept. */
  start({ tolerant = false } = {}): () => Promise<void> {
    [this.answered, this.failed] = [0, []];
    let stopped = false;
    const write = async () => {
      while (!stopped) {
        const answer = await this.add().catch((error: Error) => `${error.message}: ${String(error.cause)}`);
        if (answer === 200) this.answered++;
        else if (!tolerant) this.failed.push(`${new Date().toISOString()} ${answer}`);
        await new Promise((resolve) => setTimeout(resolve, PACE_MS));
      }
    };
    const writing = Array.from({ length: CLIENTS }, write);
    return async () => {
      stopped = true;
      await Promise.all(writing);
    };
  }

  private command(type: string, data: object, id = newId()): Promise<Response> {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', 'idempotency-key': id };
    return fetch(`${this.url}/api/v1/kanban/${type}`, { method: 'POST', headers, body: JSON.stringify(data) });
  }
}
