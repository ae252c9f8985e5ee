import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { jetstream, newId, subjects, type TaskLogPage } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { startHarness, type Harness } from './harness.js';

let harness: Harness;
let worker: NatsConnection;
let other: NatsConnection;
beforeAll(async () => {
  harness = await startHarness();
  const relay = await harness.connectAs('relay');
  const manager = await jetstreamManager(relay);
  await manager.streams.add({ name: jetstream.logs, subjects: [subjects.taskLog('*', '*')] });
  worker = await harness.connectAs('agent_command-1');
  other = await harness.connectAs('agent_command-2');
  const swarm = await harness.connectAs('swarm');
  swarm.subscribe(subjects.query('swarm', 'run', '*'), {
    callback: (_error, message) => {
      const { id } = message.json<{ id: string }>();
      message.respond(JSON.stringify({ kind: 'run', id, epoch: 'e', revision: 1, rows: rows.get(id) ?? {} }));
    },
  });
  await swarm.flush();
});
afterAll(() => harness?.stop());

const rows = new Map<string, object>();
const read = async (runId: string, query: Record<string, string>) => {
  const address = `/api/v1/runs/${runId}/log?${new URLSearchParams(query).toString()}`;
  const response = await harness.call('GET', address, { token: harness.cliToken });
  const body = (await response.json()) as TaskLogPage;
  return { status: response.status, ...body };
};
const holder = 'agent:command-1';
const attempt = (n: number, outcome: string, more = {}) => ({ attempt: n, role: 'check', holder, outcome, ...more });
const run = (attempts: object[], taskId = 'map[3]/test#2') => {
  const runId = newId();
  rows.set(runId, { [`task/${taskId}`]: { taskId, attempts } });
  return { runId, task: taskId };
};
const say = (runId: string, taskId: string, n: number, first: number, lines: string[], sender = 'agent_command-1') =>
  (sender === 'agent_command-1' ? worker : other).publish(
    subjects.taskLog(runId, sender),
    JSON.stringify({ taskId, attempt: n, at: '2026-01-01T00:00:00.000Z', first, lines }),
  );

describe('the log of an attempt (fault 30)', () => {
  it('is read and followed while it runs', async () => {
    const { runId, task } = run([attempt(1, 'running')]);
    expect(await read(runId, { task })).toMatchObject({ status: 200, lines: [], running: true });
    say(runId, task, 1, 0, ['one', 'two']);
    const page = await until(async () => {
      const answer = await read(runId, { task });
      return answer.lines.length > 0 ? answer : undefined;
    });
    expect(page).toMatchObject({ first: 0, lines: ['one', 'two'], more: false, running: true });
    say(runId, 'another', 1, 0, ['else']);
    say(runId, task, 1, 2, ['three']);
    const next = await until(async () => {
      const answer = await read(runId, { task, cursor: page.cursor });
      return answer.lines.length > 0 ? answer : undefined;
    });
    expect(next).toMatchObject({ first: 2, lines: ['three'] });
  });

  it('has nothing that another agent says of the task (fault 7)', async () => {
    const { runId, task } = run([attempt(1, 'running')]);
    say(runId, task, 1, 0, ['forged'], 'agent_command-2');
    // In its own name alone: what it says in the holder's is refused by NATS.
    other.publish(
      subjects.taskLog(runId, 'agent_command-1'),
      JSON.stringify({ taskId: task, attempt: 1, first: 0, lines: ['forged'] }),
    );
    await other.flush();
    say(runId, task, 1, 0, ['one']);
    const page = await until(async () => {
      const answer = await read(runId, { task });
      return answer.lines.length > 0 ? answer : undefined;
    });
    expect(page.lines).toEqual(['one']);
  });

  it('is found behind what others have written, a part with each page (fault 14)', async () => {
    const { runId, task } = run([attempt(1, 'running')]);
    for (let n = 0; n < 600; n++) say(runId, 'another', 1, n, ['else']);
    say(runId, task, 1, 0, ['mine']);
    await worker.flush();
    const first = await until(async () => {
      const answer = await read(runId, { task });
      return answer.more ? answer : undefined;
    });
    expect(first.lines).toEqual([]);
    await until(async () => {
      const { lines } = await read(runId, { task, cursor: first.cursor });
      return String(lines) === 'mine';
    });
  });

  it('is read from the content store once it has ended, each attempt by itself', async () => {
    const bytes = Buffer.from('kept one\nkept two\n');
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    await harness.call('PUT', `/api/v1/content/${digest}`, { raw: bytes, token: harness.cliToken });
    const logs = { digest, bytes: bytes.length, mediaType: 'text/plain' };
    const { runId, task } = run([attempt(1, 'lost'), attempt(2, 'succeeded', { logs })]);
    expect(await read(runId, { task })).toMatchObject({
      ...{ attempt: 2, lines: ['kept one', 'kept two'], more: false, running: false, content: logs },
    });
    say(runId, task, 1, 0, ['of the lost one']);
    await until(async () => {
      const { lines } = await read(runId, { task, attempt: '1' });
      return String(lines) === 'of the lost one';
    });
  });

  it('is refused in a sentence when there is none', async () => {
    const { runId, task } = run([attempt(1, 'running')]);
    expect(await read(runId, { task: 'other' })).toMatchObject({ status: 404, code: 'not_found' });
    expect(await read(runId, { task, attempt: '2' })).toMatchObject({ status: 404 });
    expect(await read(runId, { task, cursor: 'x' })).toMatchObject({ status: 400, field: 'cursor' });
    expect(await read(runId, { task, attempt: '0' })).toMatchObject({ status: 422, field: 'attempt' });
    expect(await read(runId, { task, tail: '1' })).toMatchObject({ status: 400, field: 'tail' });
    expect(await read('x', { task })).toMatchObject({ status: 400, field: 'runId' });
    const address = `/api/v1/runs/${runId}/log?task=x`;
    expect((await harness.call('GET', address)).status).toBe(401);
  });
});
