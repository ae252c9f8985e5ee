import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import type { Api } from './support/api.js';
import { exportedLog, notExactlyOnce } from './support/exported-log.js';
import { LogServers } from './support/log-servers.js';
import { generateRepository } from './support/repository.js';
import { approveGate, firstRun, runState, runWorkflow, startReleaseCheck, task } from './support/runs.js';
import { System } from './support/system.js';
import { Traffic } from './support/traffic.js';
import { until } from './support/until.js';

// With a log of its own on a real server: docs/eventstoredb.md says how to run it.
const onServer = process.env['KURRENTDB_URL'] && process.env['KURRENTDB_SERVER'] ? describe : describe.skip;

/** Fails at first; its second attempt is due while the server is away. */
const secondAttempt = (workflowId: string) => `workflow: ${workflowId}
title: The second attempt succeeds
cards: none
tasks:
  - id: flaky
    title: Fails once
    role: check
    retries: 1
    backoff: 2s
    run: [node, -e, "process.exit(process.env.AGENCYOS_ATTEMPT.endsWith('/1') ? 1 : 0)"]
`;

onServer('the whole system on EventStoreDB', () => {
  let servers: LogServers;
  let repository: string;
  let system: System;
  let api: Api;
  let boardId: string;
  const answered: string[] = [];

  beforeAll(async () => {
    servers = LogServers.of(process.env);
    repository = await generateRepository({ breaking: false });
    system = await System.start({ repository });
    api = await system.api();
  });

  afterAll(async () => {
    await system?.discard();
    await servers?.stop();
    await rm(repository, { recursive: true, force: true });
  });

  /** Kills in the middle of a run and under writers; `away` decides how long the server is not there. */
  async function survivesKill(workflowId: string, away: (traffic: Traffic) => Promise<unknown>): Promise<void> {
    const before = await restarts();
    const traffic = new Traffic(api, boardId);
    const runId = await startReleaseCheck(api, repository, boardId);
    const retried = await runWorkflow(api, workflowId, secondAttempt(workflowId));
    await until(
      'a task waits for its second attempt',
      () => task(api, retried, 'flaky'),
      (row) => row?.state === 'between',
    );
    const start = await servers.kill();
    await away(traffic);
    start();
    await approveGate(api, runId);
    await Promise.all([runId, retried].map((id) => runState(api, id, 'succeeded')));
    await traffic.stop();
    expect((await task(api, retried, 'flaky'))!.attempts!.map(({ outcome }) => outcome)).toEqual(['failed', 'succeeded']);
    answered.push(...traffic.answered);
    console.info(`${traffic.answered.length} commands answered; statuses ${JSON.stringify(traffic.statuses)}`);
    await until(
      'the gateway is ready',
      async () => (await api.fetch('/health/ready')).status,
      (status) => status === 200,
    );
    expect(await restarts()).toEqual(before);
    expect(await (await api.fetch('/api/v1/parked')).json()).toEqual({ parked: [], silent: [] });
  }

  const restarts = async () =>
    Object.fromEntries((await system.status()).processes.map(({ name, restarts }) => [name, restarts]));

  it('runs the example to its end', async () => {
    const first = await firstRun(api);
    boardId = first.boardId!;
    await approveGate(api, first.runId);
    await runState(api, first.runId, 'succeeded');
  });

  it('goes on after kill -9 of the server', async () => {
    await survivesKill('short-outage', async () => undefined);
  });

  it('goes on after the server was away until commands were refused for the time being', async () => {
    if (servers.cluster) return; // another member leads long before that
    await survivesKill('long-outage', (traffic) => until('a command is answered 503', () => traffic.statuses[503]));
  });

  it('has each answered command in the log exactly once', async () => {
    await system.stop();
    const log = await exportedLog(system);
    const times = Map.groupBy(log, ({ metadata }) => metadata.commandId);
    expect(answered.length).toBeGreaterThan(100);
    expect(notExactlyOnce(log, api.answered.values())).toEqual([]);
    expect(answered.filter((id) => times.get(id)?.length !== 1)).toEqual([]);
  });
});
