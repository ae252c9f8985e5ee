import { setTimeout as delay } from 'node:timers/promises';
import { Client, newId } from '@agencyos/client';
import { subjects, type CommandAnswer, type EventsPage } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { connectAs } from '@agencyos/testing/servers';

const CLIENTS = { rest: 4, live: 4, nats: 2 };
const PACE_MS = 400;
const ANSWER_MS = 15_000;
/** Between the tries of who repeats a command until it is answered. */
const AGAIN_MS = 200;
const ACTOR = 'user:01900000-0000-7000-8000-0000000000aa';

export interface Place {
  url: string;
  token: string;
  natsUrl: string;
  /** With the seed of the gateway, whose commands it sends as it does. */
  nkeyFile: string;
}
type Nats = Awaited<ReturnType<typeof connectAs>>;
type Send = (type: 'AddCards' | 'EditCards', data: object, id: string) => Promise<unknown>;

/**
 * Clients that write on a card of their own all the time: over REST, over REST with a WebSocket that shows it, and over NATS.
 * What is not answered is not sent again, unless it is said.
 */
export class Load {
  /** Ids of the commands that were taken. */
  readonly answered: string[] = [];
  readonly failed: string[] = [];
  longestMs = 0;
  private readonly heard = new Set<string>();
  private readonly titles = new Map<string, string>();
  private stopped = true;
  private working: Promise<unknown> = Promise.resolve();
  private readonly senders: Send[];

  private constructor(
    private readonly client: Client,
    private readonly nats: Nats,
    private readonly lives: Client[],
    readonly boardId: string,
  ) {
    const overRest: Send = (type, data, id) => client.command('kanban', type, { boardId, ...data } as never, id);
    const overNats: Send = async (type, data, id) => {
      const metadata = { actor: ACTOR, permissions: ['board:write'] };
      const message = JSON.stringify({ id, type, data: { boardId, ...data }, metadata });
      const subject = subjects.command('kanban', 'board', 'gateway');
      const answer = (await nats.request(subject, message, { timeout: ANSWER_MS })).json<CommandAnswer>();
      if ('problem' in answer) throw new Error(`${answer.problem.status} ${answer.problem.code}`);
    };
    const overLive = lives.map(
      (live): Send =>
        (type, data, id) =>
          live.command('kanban', type, { boardId, ...data } as never, id),
    );
    const times = (count: number, send: Send) => Array.from({ length: count }, () => send);
    this.senders = [...times(CLIENTS.rest, overRest), ...overLive, ...times(CLIENTS.nats, overNats)];
  }

  static async open({ url, token, natsUrl, nkeyFile }: Place): Promise<Load> {
    const client = new Client({ url, token, answerMs: ANSWER_MS });
    const nats = await connectAs({ natsUrl, nkeyFile: () => nkeyFile }, 'gateway');
    const boardId = newId();
    const columns = [{ columnId: newId(), name: 'Todo', category: 'todo', rank: 'a0', wipMode: 'warn', perLane: false }];
    const board = { boardId, name: 'Under load', key: 'LOAD', purpose: 'work', columns, laneBy: 'none', visibility: 'all' };
    await client.command('kanban', 'OpenBoard', board as never);
    const lives = Array.from({ length: CLIENTS.live }, () => new Client({ url, token, answerMs: ANSWER_MS }));
    const load = new Load(client, nats, lives, boardId);
    nats.subscribe('agencyos.evt.kanban.board.>', {
      callback: (_, message) => void load.heard.add(message.json<{ commandid: string }>().commandid),
    });
    await nats.flush();
    return load;
  }

  /** `untilAnswered`: as a client does that has patience, the same command by the same id. */
  start({ untilAnswered = false } = {}): void {
    this.stopped = false;
    this.longestMs = 0;
    this.failed.length = 0;
    this.answered.length = 0;
    for (const live of this.lives) live.watch('board', this.boardId);
    this.working = Promise.all(this.senders.map((send) => this.work(send, untilAnswered)));
  }

  /** Resolves once what is under way has its answer. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.working;
  }

  close(): Promise<void> {
    for (const client of [this.client, ...this.lives]) client.close();
    return this.nats.close();
  }

  /** Resolves once every WebSocket shows what everybody has written in the end, and the fact of each command was heard. */
  async shown(): Promise<void> {
    const views = this.lives.map((live) => live.watch('board', this.boardId));
    const behind = () =>
      views.filter((view) => ![...this.titles].every(([cardId, title]) => view.row(`card/${cardId}`)?.title === title)).length;
    const unheard = () => this.answered.filter((id) => !this.heard.has(id)).length;
    await until(
      () => [behind(), unheard()],
      ([left, lost]) => left === 0 && lost === 0,
      'every WebSocket to show the last, and each fact to be heard',
    );
  }

  /** Commands that were taken and are not in the log, or not once. */
  async notOnce(): Promise<string[]> {
    const times = new Map<string, number>();
    let page: EventsPage = { events: [], position: '0', more: true };
    while (page.more) {
      page = await this.client.gateway.get<EventsPage>(`/api/v1/events?context=kanban&after=${page.position}`);
      for (const { commandid } of page.events as { commandid: string }[]) times.set(commandid, (times.get(commandid) ?? 0) + 1);
    }
    return this.answered.filter((id) => times.get(id) !== 1);
  }

  private async work(send: Send, untilAnswered: boolean): Promise<void> {
    const cardId = newId();
    const card = { cardId, title: '0', priority: 'normal', labels: [], assignees: [] };
    await this.one(send, 'AddCards', { cards: [card] }, untilAnswered);
    for (let n = 1; !this.stopped; n++) {
      const title = String(n);
      if (await this.one(send, 'EditCards', { cardIds: [cardId], changes: { title } }, untilAnswered))
        this.titles.set(cardId, title);
      await delay(PACE_MS);
    }
  }

  private async one(send: Send, type: 'AddCards' | 'EditCards', data: object, untilAnswered: boolean): Promise<boolean> {
    const id = newId();
    const askedAt = performance.now();
    for (;;) {
      try {
        await send(type, data, id);
        this.longestMs = Math.max(this.longestMs, performance.now() - askedAt);
        this.answered.push(id);
        return true;
      } catch (error) {
        if (!untilAnswered) {
          const { message, cause } = error as Error;
          this.failed.push(
            `${new Date().toISOString()} ${type} after ${Math.round(performance.now() - askedAt)} ms: ${message} ${String(cause)}`,
          );
          return false;
        }
        await delay(AGAIN_MS);
      }
    }
  }
}
