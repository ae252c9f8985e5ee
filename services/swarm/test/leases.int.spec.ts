import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, subjects, type StopOrder } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { SwarmFixture } from './swarm-fixture.js';

let swarm: SwarmFixture;

beforeAll(async () => {
  swarm = await SwarmFixture.start();
  for (const agentId of ['worker-a', 'worker-b']) await swarm.register(agentId, ['check']);
});

afterAll(async () => {
  await swarm?.stop();
});

describe('leases', () => {
  const start = async (id: string, lease = '30s') => {
    const task = `{id: a, role: check, lease: ${lease}, retries: 0}`;
    await swarm.publish(id, `workflow: ${id}\ntitle: Quick\ntasks:\n  - ${task}\n`);
    const runId = await swarm.run(id);
    await swarm.claim('worker-a', runId, 'a');
    return { runId, lease: { runId, taskId: 'a', attempt: 1 } };
  };

  it('last while heartbeats come, are lost without, and refuse the late result', async () => {
    const { runId, lease } = await start('lease-one', '2s');
    const renewed = await swarm.heartbeat('worker-a', [lease]);
    expect(renewed.leases).toEqual([{ ...lease, untilMs: expect.any(Number) }]);
    // What no table can keep, heard together with the others' heartbeats, costs nobody a lease (fault 1).
    const unfit = () => {
      void swarm.heartbeat('worker-b', [lease], 'i\0').catch(() => undefined);
      void swarm.heartbeat('worker-b', [{ ...lease, attempt: 3_000_000_000 }]).catch(() => undefined);
    };
    // Twice the lease by the database's clock, kept alive by heartbeats.
    const [{ at }] = (await swarm.service.runtime.database.query(`SELECT clock_timestamp() + interval '4 seconds' AS at`)) as [
      { at: Date },
    ];
    await until(async () => {
      unfit();
      await swarm.heartbeat('worker-a', [lease]);
      const [row] = (await swarm.service.runtime.database.query('SELECT clock_timestamp() > $1 AS over', [at])) as [
        { over: boolean },
      ];
      return row.over || undefined;
    });
    expect(await swarm.history(runId)).not.toContain('TaskLeaseExpired(a,1)');
    const history = await swarm.recorded(runId, 'TaskScheduled(a,2)');
    expect(history).toContain('TaskLeaseExpired(a,1)');
    expect(await swarm.succeed('worker-a', runId, 'a')).toMatchObject({
      problem: { code: 'stale_token', status: 409 },
    });
    expect((await swarm.heartbeat('worker-a', [lease])).stop).toEqual([lease]);
    await until(async () => (await rowsOf(runId)) === 0);
  });

  it('end whatever their holder has said of its usage (fault 9)', async () => {
    const { runId, lease } = await start('lease-usage', '1s');
    const cost = { currency: 'no currency', micros: 1 };
    const usage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, activeMs: 1, cost };
    await until(async () => (await rowsOf(runId)) === 1);
    void swarm.heartbeat('worker-a', [{ ...lease, usage }]).catch(() => undefined);
    // As one of an older version would have been kept.
    await swarm.sql(`UPDATE swarm.lease SET usage = '${JSON.stringify(usage)}' WHERE run_id = '${runId}'`);
    expect(await swarm.recorded(runId, 'TaskScheduled(a,2)')).toContain('TaskLeaseExpired(a,1)');
  });

  it('of one agent are renewed though another one asks for what is not there without end (fault 16)', async () => {
    const { runId, lease } = await start('lease-flood', '10s');
    await until(async () => (await rowsOf(runId)) === 1);
    const flood = () => {
      const leases = Array.from({ length: 10 }, () => ({ runId: newId(), taskId: 'a', attempt: 1 }));
      const body = JSON.stringify({ agentId: 'worker-b', instanceId: 'i1', leases });
      for (let n = 0; n < 1_000; n++) swarm.connection('agent_worker-b').publish(subjects.heartbeat('agent', 'worker-b'), body);
    };
    for (let beat = 0; beat < 5; beat++) {
      flood();
      expect(await swarm.heartbeat('worker-a', [lease])).toMatchObject({ leases: [lease] });
    }
    await swarm.succeed('worker-a', runId, 'a');
  });

  it('are known again from the log when their row was lost', async () => {
    const { runId, lease } = await start('lease-lost');
    await swarm.heartbeat('worker-a', [lease]);
    await swarm.service.runtime.database.query('DELETE FROM lease WHERE run_id = $1', [runId]);
    expect(await swarm.heartbeat('worker-a', [lease])).toMatchObject({ leases: [lease], stop: [] });
    expect(await rowsOf(runId)).toBe(1);
    expect(await swarm.heartbeat('worker-b', [lease])).toMatchObject({ leases: [] });
    expect(await swarm.heartbeat('worker-a', [{ ...lease, runId: newId() }])).toMatchObject({
      leases: [],
      stop: [expect.anything()],
    });
    await swarm.succeed('worker-a', runId, 'a');
  });

  it('outlive an outage of swarm by one more TTL', async () => {
    const { runId, lease } = await start('lease-outage');
    await until(async () => (await rowsOf(runId)) === 1);
    await swarm.service.stop();
    // As if nobody had looked for long: the lease has run out meanwhile, though its holder could not be heard.
    await swarm.sql(`UPDATE swarm.lease SET until = now() - interval '1 hour'`);
    await swarm.sql(`UPDATE swarm.lease_scan SET at = now() - interval '1 hour'`);
    await swarm.restart();
    const looked = `SELECT 1 FROM lease_scan, lease WHERE at > now() - interval '1 minute' AND until > now() AND run_id = $1`;
    await until(async () => ((await swarm.service.runtime.database.query(looked, [runId])) as unknown[])[0]);
    expect(await swarm.heartbeat('worker-a', [lease])).toMatchObject({ leases: [lease] });
    expect(await swarm.succeed('worker-a', runId, 'a')).not.toHaveProperty('problem');
    expect(await swarm.history(runId)).not.toContain('TaskLeaseExpired(a,1)');
  });

  it('end by order: told at once and by heartbeat, never renewed', async () => {
    const { runId, lease } = await start('lease-stop');
    await until(async () => (await rowsOf(runId)) === 1);
    const orders: StopOrder[] = [];
    swarm.connection('agent_worker-a').subscribe(subjects.live('agent', 'worker-a'), {
      callback: (_, message) => void orders.push(message.json()),
    });
    await swarm.connection('agent_worker-a').flush();
    await swarm.ask('run', 'RequeueTask', { runId, taskId: 'a' });
    const order = await until(() => orders[0]);
    expect(order.stop).toEqual({ ...lease, why: 'requeue' });
    expect(await swarm.heartbeat('worker-a', [lease])).toEqual({ leases: [], stop: [lease] });
    expect(await swarm.succeed('worker-a', runId, 'a')).toMatchObject({ problem: { code: 'stopping' } });
    const usage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, activeMs: 1 };
    await swarm.work('worker-a', 'ConfirmStopped', { ...lease, usage });
    expect((await swarm.history(runId)).slice(-2)).toEqual(['TaskReleased(a,1)', 'TaskScheduled(a,2)']);
  });

  it('ignore heartbeats of somebody else’s name', async () => {
    const body = JSON.stringify({ agentId: 'worker-b', instanceId: 'i1', leases: [] });
    const forged = swarm.connection('agent_worker-a').request(subjects.heartbeat('agent', 'worker-a'), body, { timeout: 300 });
    await expect(forged).rejects.toThrow();
  });

  it('answer a heartbeat in its sender’s own inbox alone (fault 7)', async () => {
    const body = JSON.stringify({ agentId: 'worker-a', instanceId: 'i1', leases: [] });
    const heartbeat = subjects.heartbeat('agent', 'worker-a');
    const elsewhere = ['agencyos.evt.approvals.approval.ApprovalGranted.x', '_INBOX_gateway.x', '_INBOX_agent_worker-b.x'];
    const own = '_INBOX_agent_worker-a.x';
    // In the product's own account, where only this check stands between the question and the place for its answer.
    const inside = swarm.connection('test');
    const heard: string[] = [];
    for (const place of [...elsewhere, own]) inside.subscribe(place, { callback: (_, { subject }) => void heard.push(subject) });
    const agent = swarm.connection('agent_worker-a');
    for (const reply of elsewhere) {
      inside.publish(heartbeat, body, { reply });
      agent.publish(heartbeat, body, { reply });
    }
    await agent.flush();
    inside.publish(heartbeat, body, { reply: own });
    expect(await until(() => heard[0])).toBe(own);
    expect(await swarm.heartbeat('worker-a', [])).toEqual({ leases: [], stop: [] });
    await inside.flush();
    expect(heard).toEqual([own]);
  });

  const rowsOf = async (runId: string): Promise<number> => {
    const rows = (await swarm.service.runtime.database.query('SELECT 1 FROM lease WHERE run_id = $1', [runId])) as unknown[];
    return rows.length;
  };
});
