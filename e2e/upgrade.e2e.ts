import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Api } from './support/api.js';
import { exportedLog } from './support/exported-log.js';
import { olderInstallation, olderLog } from './support/older-installation.js';
import { generateRepository } from './support/repository.js';
import { gateWaits, runState, task, type RunRow } from './support/runs.js';
import { System } from './support/system.js';
import { until } from './support/until.js';

const steps = join(import.meta.dirname, '..', 'examples', 'release-check', 'steps');
/** As they were to be approved. */
const NOTES =
  '# sample 1.1.0\n\n## Added\n\n- an answer (1b1c55b)\n\n## Fixed\n\n- a better answer (89daaee)\n\n## Other changes\n\n- the answer (53c7cd0)\n';

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
    // The kept one lay elsewhere; upgraded in its place, the installation's own profile grants its steps.
    const alsoSeen = [{ path: steps, as: '/opt/agencyos/examples/release-check/steps' }];
    system = await System.start({ repository, alsoSeen, dataDir: await olderInstallation(release) });
    api = await Api.signIn(system.url, 'admin', 'correct horse battery staple');
    runs = Object.values(await api.view('run-list', 'all')) as unknown as typeof runs;
  });

  afterAll(async () => {
    await system?.discard();
    await rm(repository, { recursive: true, force: true });
  });

  const waiting = (workflowId: string) => runs.find((run) => run.workflowId === workflowId && run.state !== 'succeeded')!.runId;

  it('starts on the present build with its board, its people and its runs', async () => {
    expect(runs.map(({ workflowId, state }) => `${workflowId} ${state}`).sort()).toEqual([
      'hello running',
      'hello succeeded',
      'release-check running',
    ]);
    const board = await api.view('board', runs[0]!.boardId!);
    const cards = Object.entries(board).flatMap(([key, row]) => (key.startsWith('card/') ? [row as unknown as Card] : []));
    const columnOf = (title: string) => board[`column/${cards.find((card) => card.title === title)?.columnId}`]?.['category'];
    expect([columnOf('Write the announcement'), columnOf('Tidy the backlog')]).toEqual(['doing', 'todo']);
    expect(await (await api.fetch('/api/v1/parked')).json()).toEqual({ parked: [], silent: [] });
  });

  it('goes on where it was: the gate is approved, its guarded step runs, and the run ends (fault 10)', async () => {
    const runId = waiting('release-check');
    const { approvalId, actionDigest } = await gateWaits(api, runId);
    expect(
      await api.command('approvals', 'VoteOnApproval', { approvalId, vote: 'approve', actionDigest, stepUp: 'none' }),
    ).toMatchObject({ status: 200 });
    const said = await until('a worker says what is in force', () => readFile(join(system.dataDir, 'isolation.json'), 'utf8'));
    const { way } = JSON.parse(said) as { way: string };
    if (way === 'none') return void (await runState(api, runId, 'failed')); // nothing can be shown under another name
    await runState(api, runId, 'succeeded');
    const digest = `sha256:${createHash('sha256').update(NOTES).digest('hex')}`;
    expect(await task(api, runId, 'publish')).toMatchObject({ output: { value: { version: '1.1.0', digest } } });
  });

  it('and a run whose gate is refused ends, too', async () => {
    const runId = waiting('hello');
    const { approvalId, actionDigest } = await gateWaits(api, runId);
    const refused = { approvalId, vote: 'reject', actionDigest, stepUp: 'none', reason: 'Not this one.' };
    expect(await api.command('approvals', 'VoteOnApproval', refused)).toMatchObject({ status: 200 });
    await runState(api, runId, 'failed');
  });

  it('keeps every event that it had recorded, in its place', async () => {
    await until(
      'everything has been followed',
      async () => (await api.fetch('/health/ready')).status,
      (status) => status === 200,
    );
    await system.stop();
    const before = await olderLog(release);
    const place = ({ id, type, stream, revision }: (typeof before)[number]) => `${id} ${type} ${stream}@${revision}`;
    expect((await exportedLog(system)).slice(0, before.length).map(place)).toEqual(before.map(place));
  });
});
