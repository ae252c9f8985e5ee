import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, subjects } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import type { NatsConnection } from '@nats-io/transport-node';
import { startHarness, type Harness } from './harness.js';
import { LiveClient } from './live-client.js';

let harness: Harness;
beforeAll(async () => void (harness = await startHarness()));
afterAll(() => harness?.stop());

describe('progress of tasks', () => {
  const beat = { taskId: 'lint', attempt: 1, at: '2026-01-01T00:00:00.000Z', holder: 'agent:command-1' };
  let worker: NatsConnection;
  let other: NatsConnection;
  let swarm: NatsConnection;
  /** Runs whose view does not tell of the lease yet. */
  const early = new Set<string>();
  const row = (attempts: object[]) => ({ 'task/lint': { taskId: 'lint', attempts } });
  const lease = [{ attempt: 1, role: 'check', holder: 'agent:command-1', outcome: 'running' }];
  beforeAll(async () => {
    worker = await harness.connectAs('agent_command-1');
    other = await harness.connectAs('agent_command-2');
    swarm = await harness.connectAs('swarm');
    swarm.subscribe(subjects.query('swarm', 'run', '*'), {
      callback: (_error, message) => {
        const { id } = message.json<{ id: string }>();
        const rows = row(early.has(id) ? [] : lease);
        message.respond(JSON.stringify({ kind: 'run', id, epoch: 'e', revision: 1, rows }));
      },
    });
    await swarm.flush();
  });
  const says = (runId: string, data: unknown, from = worker, sender = 'agent_command-1') =>
    from.publish(subjects.taskLive(runId, sender), typeof data === 'string' ? data : JSON.stringify(data));
  async function listening(runId: string): Promise<LiveClient> {
    const client = await LiveClient.welcomed(harness);
    client.send('live', { kind: 'task', id: runId });
    client.send('ping', {});
    await client.next('pong');
    return client;
  }

  it('reaches those who asked for the run', async () => {
    const runId = newId();
    const client = await listening(runId);
    const other = await listening(newId());
    says(runId, { ...beat, line: '12 files checked', progress: 0.5 });
    expect((await client.next('live')).data).toEqual({
      kind: 'task',
      id: runId,
      data: { ...beat, line: '12 files checked', progress: 0.5 },
    });
    other.send('ping', {});
    await other.next('pong');
    expect(other.frames).toEqual([]);
    for (const one of [client, other]) one.close();
  });

  it('comes from the holder of the attempt alone (fault 7)', async () => {
    const runId = newId();
    const client = await listening(runId);
    says(runId, { ...beat, line: 'forged' }, other, 'agent_command-2'); // in its own name, of another's task
    says(runId, { ...beat, holder: 'agent:command-2', line: 'forged' }, other, 'agent_command-2');
    says(runId, { ...beat, line: 'forged' }, other, 'agent_command-1'); // refused by NATS
    other.publish(`agencyos.live.task.${runId}`, JSON.stringify({ ...beat, line: 'forged' })); // gets its name put there
    await other.flush();
    says(runId, { ...beat, attempt: 2, line: 'of an attempt that nobody has' });
    says(runId, { ...beat, holder: 'agent:command-2', line: 'as another' });
    worker.publish(`agencyos.live.task.${runId}`, JSON.stringify({ ...beat, line: 'as agents once did' }));
    says(runId, { ...beat, line: 'fit' });
    for (const line of ['as agents once did', 'fit']) expect((await client.next('live')).data).toMatchObject({ data: { line } });
    client.close();
  });

  it('may come before the view tells of the lease', async () => {
    const runId = newId();
    early.add(runId);
    const client = await listening(runId);
    says(runId, { ...beat, line: 'first' });
    await worker.flush();
    const ops = [{ op: 'put', key: 'task/lint', value: row(lease)['task/lint'] }];
    await until(() => {
      swarm.publish(subjects.view('run', runId), JSON.stringify({ kind: 'run', id: runId, epoch: 'e', from: 1, to: 2, ops }));
      return client.frames.some(({ event }) => event === 'live');
    });
    expect((await client.next('live')).data).toMatchObject({ data: { line: 'first' } });
    client.close();
  });

  it('is heard beside any number of messages about attempts that nobody has', async () => {
    const runId = newId();
    const client = await listening(runId);
    for (let attempt = 2; attempt < 1_000; attempt++)
      says(runId, { ...beat, attempt, holder: 'agent:command-2' }, other, 'agent_command-2');
    await other.flush();
    // Whoever floods waits for the view for a second, and the holder is heard meanwhile.
    says(runId, { ...beat, line: 'of the holder' });
    expect((await client.next('live')).data).toMatchObject({ data: { line: 'of the holder' } });
    client.close();
  });

  it('is dropped when it is not what the contract says, and shuts nobody out', async () => {
    const runId = newId();
    const client = await listening(runId);
    for (const unfit of [
      'no json',
      'null',
      {},
      { ...beat, attempt: 'first' },
      { ...beat, taskId: '../x' },
      { ...beat, holder: 'somebody' },
      { ...beat, line: 7 },
      { ...beat, line: 'x'.repeat(1_000_000) },
      { ...beat, at: 'x'.repeat(40_000) },
    ])
      says(runId, unfit);
    says(runId, { ...beat, line: 'fit' });
    expect((await client.next('live')).data).toMatchObject({ data: { line: 'fit' } });
    expect(client.frames).toEqual([]);
    expect(client.closed).toBeUndefined();
    client.close();
  });

  it('comes without what the contract does not name, and with a line of bounded length', async () => {
    const runId = newId();
    const client = await listening(runId);
    says(runId, { ...beat, line: 'x'.repeat(10_000), approved: true });
    expect((await client.next('live')).data).toMatchObject({ data: { ...beat, line: `${'x'.repeat(1_999)}…` } });
    says(runId, { ...beat, approved: true });
    expect((await client.next('live')).data).toEqual({ kind: 'task', id: runId, data: beat });
    client.close();
  });
});
