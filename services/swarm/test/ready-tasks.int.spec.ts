import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, subjects } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { SwarmFixture } from './swarm-fixture.js';

let swarm: SwarmFixture;

beforeAll(async () => {
  swarm = await SwarmFixture.start();
  await swarm.register('worker-a', ['check', 'publisher']);
});

afterAll(async () => {
  await swarm?.stop();
});

describe('what is ready', () => {
  it('is offered the most urgent first, across runs (fault 24)', async () => {
    const tasks = Array.from({ length: 40 }, (_, n) => `  - {id: t${n}, role: publisher}\n`).join('');
    await swarm.publish('patient', `workflow: patient\ntitle: P\ntasks:\n${tasks}`);
    await swarm.publish('urgent', 'workflow: urgent\ntitle: U\ntasks:\n  - {id: now, role: publisher, priority: 9}\n');
    const patient = await swarm.run('patient');
    await until(async () => (await swarm.view('queues', 'all'))[`ready/${patient}/t39`]);
    const urgent = await swarm.run('urgent');
    await until(async () => (await swarm.view('queues', 'all'))[`ready/${urgent}/now`]);
    const working = new AbortController();
    const worker = swarm.serve('worker-a', 'publisher', working.signal);
    await swarm.recorded(urgent, 'RunSucceeded');
    const done = (await swarm.history(patient)).filter((name) => name.startsWith('TaskSucceeded')).length;
    expect(done).toBeLessThan(20);
    await swarm.recorded(patient, 'RunSucceeded');
    working.abort();
    await worker;
  });

  it('is begun by itself however large it is (fault 24)', async () => {
    const input = '{given: "${{ tasks.root.output.large }}"}';
    const tasks = Array.from({ length: 200 }, (_, n) => `  - {id: t${n}, role: check, needs: [root], input: ${input}}\n`);
    const root = '  - {id: root, role: check}\n';
    await swarm.publish('wide', `workflow: wide\ntitle: W\ntasks:\n${root}${tasks.join('')}`);
    const runId = await swarm.run('wide');
    await swarm.claim('worker-a', runId, 'root');
    await swarm.succeed('worker-a', runId, 'root', { large: 'x'.repeat(15_000) });
    expect(await swarm.recorded(runId, 'TaskScheduled(t199,1)')).toContain('TasksDeferred');
    await swarm.ask('run', 'CancelRun', { runId });
  });

  it('is of the file that the run was started with, whatever was published since (fault 24)', async () => {
    const file = (priority: number) => `workflow: pinned\ntitle: P\ntasks:\n  - {id: a, role: check, priority: ${priority}}\n`;
    await swarm.publish('pinned', file(1));
    const first = await swarm.service.runtime.content.put(new TextEncoder().encode(file(1)), 'application/yaml');
    await swarm.publish('pinned', file(2));
    const start = (digest: string, runId = newId()) => ({
      ...{ runId, workflowId: 'pinned', digest, input: { value: {} }, cause: { kind: 'manual' } },
    });
    const mine = start(first.digest);
    expect(await swarm.ask('run', 'StartRun', mine)).not.toHaveProperty('problem');
    const row = await until(async () => (await swarm.view('run', mine.runId))['run'] as { version: number });
    expect(row.version).toBe(1);
    expect(await swarm.ask('run', 'StartRun', start(`sha256:${'0'.repeat(64)}`))).toMatchObject({
      problem: { code: 'unknown_workflow' },
    });
    await swarm.ask('run', 'CancelRun', { runId: mine.runId });
  });
});

describe('a gate that nobody could approve', () => {
  it('is refused when its workflow is published, and when a run is started after its policy went (fault 25)', async () => {
    let kinds = ['deploy'];
    const approvals = swarm.connection('test').subscribe(subjects.query('approvals', 'policy', 'swarm'), {
      callback: (_, message) => {
        const policy = { policyId: 'release', version: 1, active: 1, rules: { kinds } };
        message.respond(JSON.stringify({ kind: 'policy', id: 'all', rows: { 'policy/release': policy } }));
      },
    });
    await swarm.connection('test').flush();
    const file = (kind: string) =>
      `workflow: gated\ntitle: G\ntasks:\n  - {id: ask, gate: {action: {kind: ${kind}, target: t}}}\n`;
    expect(await swarm.publish('gated', file('destroy'))).toMatchObject({
      problem: { code: 'definition_invalid', problems: [{ code: 'no_policy' }] },
    });
    expect(await swarm.publish('gated', file('deploy'))).not.toHaveProperty('problem');
    kinds = [];
    const start = { runId: newId(), workflowId: 'gated', input: { value: {} }, cause: { kind: 'manual' } };
    expect(await swarm.ask('run', 'StartRun', start)).toMatchObject({
      problem: { code: 'no_policy', status: 422 },
    });
    approvals.unsubscribe();
  });
});
