import { randomUUID } from 'node:crypto';

const TOGETHER = 100;

/** One run's stream, written past its service: tasks in layers, each scheduled, taken and done. */
export class RunLog {
  runId = randomUUID();
  stream = `run-${this.runId}`;
  revision = -1;

  constructor(store) {
    this.store = store;
  }

  async write(tasks) {
    const { runId } = this;
    const digest = `sha256:${'0'.repeat(64)}`;
    const nodes = Array.from({ length: tasks }, (_, n) => `node-${n}`);
    const needs = (n) => (n < TOGETHER ? [] : [nodes[n - TOGETHER], nodes[Math.floor(n / TOGETHER) * TOGETHER - 1]]);
    const started = { runId, workflowId: 'cold', version: 1, digest, name: 'Cold', input: { value: {} } };
    await this.append([
      { type: 'RunStarted', data: { ...started, cause: { kind: 'manual' }, taskCount: tasks, cards: 'none', admission: 'none' } },
    ]);
    for (let from = 0; from < tasks; from += TOGETHER) {
      const planned = nodes.slice(from, from + TOGETHER).map((taskId, n) => {
        const task = { taskId, nodeId: taskId, kind: 'task', title: `Step ${from + n} of the benchmark` };
        return { ...task, role: 'worker', needs: [...new Set(needs(from + n))], card: false };
      });
      await this.append([{ type: 'TasksPlanned', data: { runId, tasks: planned } }]);
    }
    for (let from = 0; from < tasks; from += TOGETHER) {
      const layer = nodes.slice(from, from + TOGETHER);
      await this.append(layer.map((taskId) => this.scheduled(taskId, digest)));
      await this.append(layer.map((taskId) => this.leased(taskId)));
      await this.append(layer.map((taskId) => this.succeeded(taskId)));
    }
  }

  scheduled(taskId, inputDigest) {
    const task = { runId: this.runId, taskId, attempt: 1, role: 'worker', input: { value: { run: ['true'] } }, inputDigest };
    return {
      type: 'TaskScheduled',
      data: { ...task, priority: 0, leaseMs: 30_000, timeoutMs: 120_000, startByAt: '2026-01-01T13:00:00.000Z' },
    };
  }

  leased(taskId) {
    const task = { runId: this.runId, taskId, attempt: 1, leasedBy: 'agent:worker', instanceId: 'worker-1' };
    return { type: 'TaskLeased', data: { ...task, leaseMs: 30_000, finishByAt: '2026-01-01T13:00:00.000Z' } };
  }

  succeeded(taskId) {
    const output = { value: { path: `/srv/work/${taskId}`, commit: '4f2d1c94f2d1c94f2d1c94f2d1c94f2d1c94f2d1', lines: 1_200 } };
    const usage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, activeMs: 4_210 };
    return { type: 'TaskSucceeded', data: { runId: this.runId, taskId, attempt: 1, output, artifacts: [], usage } };
  }

  async append(facts) {
    const commandId = randomUUID();
    const digest = `sha256:${'0'.repeat(64)}`;
    const metadata = {
      commandId,
      commandDigest: digest,
      correlationId: this.runId,
      causationId: commandId,
      actor: 'agent:worker',
      depth: 0,
    };
    const recordedAt = new Date().toISOString();
    const events = facts.map(({ type, data }) => ({
      id: randomUUID(),
      type,
      schema: 1,
      data,
      metadata: { ...metadata, recordedAt },
    }));
    const expectedRevision = this.revision;
    this.revision += events.length;
    const commands = [{ commandId, principal: metadata.actor, digest, revision: this.revision }];
    const { status } = await this.store.append({ stream: this.stream, expectedRevision, events, commands });
    if (status !== 'appended') throw new Error(`an append to ${this.stream} was answered ${status}`);
  }
}
