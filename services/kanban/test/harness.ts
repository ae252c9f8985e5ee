import { type CardRow, type CommandAnswer, newId, subjects, type ViewPage } from '@agencyos/contracts';
import { type EventStore, readConfig, type RunningService, startService } from '@agencyos/runtime';
import { until } from '@agencyos/testing';
import { appendOf } from '@agencyos/testing/facts';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import type { NatsConnection } from '@nats-io/transport-node';
import { operationsBoardId, releaseBoardId, seedBoards, seededBoards } from '../src/seed.js';
import { kanban } from '../src/service.js';

export const person = `user:${newId()}`;

/** The service on real servers, and the other parties as themselves. */
export interface Harness {
  servers: TestServers;
  service: RunningService;
  gateway: NatsConnection;
  restart(): Promise<void>;
  /** A command as the gateway passes it on for a person. */
  send(type: string, data: object, options?: { id?: string; actor?: string; permissions?: string[] }): Promise<CommandAnswer>;
  page(kind: string, id: string): Promise<ViewPage>;
  /** Boards of the first start. */
  release: string;
  operations: string;
  /** A seeded board's column. */
  columnOf(boardId: string, category: string): string;
  cardRow(boardId: string, cardId: string): Promise<CardRow | undefined>;
  /** The card, once it is in a column of the category. */
  cardIn(boardId: string, cardId: string, category: string): Promise<CardRow>;
  /** Facts of another service, as its appends leave them in the log. */
  record(stream: string, facts: { type: string; data: object }[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startHarness(): Promise<Harness> {
  const servers = await startTestServers();
  const start = () =>
    startService(
      'kanban',
      kanban,
      { configure: (_app, runtime) => seedBoards(runtime) },
      readConfig('kanban', servers.environment('kanban')),
    );
  const gateway = await servers.connect('gateway');
  const request = async <T>(subject: string, body: object) =>
    (await gateway.request(subject, JSON.stringify(body), { timeout: 10_000 })).json<T>();
  const service = await start();
  const { installationId } = service.runtime.config;
  const harness: Harness = {
    servers,
    service,
    gateway,
    restart: async () => {
      await harness.service.stop();
      harness.service = await start();
    },
    send: (type, data, { id = newId(), actor = person, permissions = ['board:read', 'board:write'] } = {}) =>
      request(subjects.command('kanban', 'board', 'gateway'), {
        id,
        type,
        data,
        metadata: { actor, permissions },
      }),
    // A view that is still being built answers `busy`.
    page: (kind, id) =>
      until(
        () => request<ViewPage>(subjects.query('kanban', kind, 'gateway'), { id }),
        (answer) => 'rows' in answer,
      ),
    release: releaseBoardId(installationId),
    operations: operationsBoardId(installationId),
    columnOf: (boardId, category) =>
      seededBoards(installationId)
        .find((board) => board.boardId === boardId)!
        .columns.find((column) => column.category === category)!.columnId,
    cardRow: async (boardId, cardId) => (await harness.page('board', boardId)).rows[`card/${cardId}`] as CardRow | undefined,
    cardIn: (boardId, cardId, category) =>
      until(
        () => harness.cardRow(boardId, cardId),
        (card) => card?.category === category,
      ) as Promise<CardRow>,
    record: (stream, facts) => record(harness.service.runtime.store, stream, facts),
    stop: async () => {
      await gateway.close();
      await harness.service.stop();
      await servers.stop();
    },
  };
  return harness;
}

async function record(store: EventStore, stream: string, facts: { type: string; data: object }[]): Promise<void> {
  let after = 0;
  for await (const { revision } of store.read(stream)) after = revision + 1;
  const result = await store.append(appendOf(stream, facts, { after }));
  if (result.status !== 'appended') throw new Error(`facts of ${stream}: ${result.status}`);
}

export const newCard = (title: string) => ({
  cardId: newId(),
  title,
  priority: 'normal',
  labels: [],
  assignees: [],
});
