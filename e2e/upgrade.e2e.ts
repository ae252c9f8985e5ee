import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { Api } from './support/api.js';
import { exportedLog } from './support/exported-log.js';
import { olderInstallation, olderLog } from './support/older-installation.js';
import { generateRepository } from './support/repository.js';
import { gateWaits, runState, type RunRow } from './support/runs.js';
import { System } from './support/system.js';
import { until } from './support/until.js';

interface Card {
  title: string;
  columnId: string;
}

describe.each(['0.1.0'])('an installation of %s, whose runs wait at their gates', (release) => {
  let repository: string;
  let system: System;
  let api: Api;
  let runs: (RunRow & { workflowId: string })[];

  beforeAll(async () => {
    repository = await generateRepository({ breaking: false });
    system = await System.start({ repository, dataDir: await olderInstallation(release) });
    api = await Api.signIn(system.url, 'admin', 'correct horse battery staple');
    runs = Object.values(await api.view('run-list', 'all')) as unknown as typeof runs;
  });

  afterAll(async () => {
    await system?.discard();
    await rm(repository, { recursive: true, force: true });
  });

  const waiting = (workflowId: string) => runs.find((run) => run.workflowId === workflowId && run.state !== 'succeeded')!.runId;

  it('starts on the present build with its board, its people and its runs', async () => {
    expect(runs.map(({ workflowId, state }) => `${workflowId} ${state}`).sort()).toEqual(['hello running', 'hello succeeded', 'release-check running']);
    const board = await api.view('board', runs[0]!.boardId!);
    const cards = Object.entries(board).flatMap(([key, row]) => (key.startsWith('card/') ? [row as unknown as Card] : []));
    const columnOf = (title: string) => board[`column/${cards.find((card) => card.title === title)?.columnId}`]?.['category'];
    expect([columnOf('Write the announcement'), columnOf('Tidy the backlog')]).toEqual(['doing', 'todo']);
    expect(await (await api.fetch('/api/v1/parked')).json()).toEqual({ parked: [], silent: [] });
  });

  it('goes on where it was: the gate is approved and the run ends', async () => {
    const runId = waiting('hello');
    const { approvalId, actionDigest } = await gateWaits(api, runId);
    expect(await api.command('approvals', 'VoteOnApproval', { approvalId, vote: 'approve', actionDigest, stepUp: 'none' })).toMatchObject({ status: 200 });
    await runState(api, runId, 'succeeded');
  });

  it('and a run whose gate is refused ends, too', async () => {
    const runId = waiting('release-check');
    const { approvalId, actionDigest } = await gateWaits(api, runId);
    const refused = { approvalId, vote: 'reject', actionDigest, stepUp: 'none', reason: 'Not this one.' };
    expect(await api.command('approvals', 'VoteOnApproval', refused)).toMatchObject({ status: 200 });
    await runState(api, runId, 'failed');
  });

  it('keeps every event that it had recorded, in its place', async () => {
    await until('everything has been followed', async () => (await api.fetch('/health/ready')).status, (status) => status === 200);
    await system.stop();
    const before = await olderLog(release);
    const place = ({ id, type, stream, revision }: (typeof before)[number]) => `${id} ${type} ${stream}@${revision}`;
    expect((await exportedLog(system)).slice(0, before.length).map(place)).toEqual(before.map(place));
  });
});
