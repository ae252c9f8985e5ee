import { beforeEach, describe, expect, it } from '@jest/globals';
import { ids, type IncidentRow, type RepairRow, type ServiceRow } from '@agencyos/contracts';
import { CLOSE_AFTER_MS } from '../src/incident/incident.decider.js';
import { healingProjection } from '../src/views/healing.view.js';
import { operationsProjection } from '../src/views/operations.view.js';
import { MemoryRows } from '@agencyos/runtime/testing';
import { INCIDENT, monitor, MONITOR, registered, REPAIR, RUNBOOK, runbook, TARGET } from './samples.js';
import { Simulation } from './simulation.js';

let world: Simulation;

/** The views as a rebuild from the whole log gives them. */
async function views(): Promise<MemoryRows> {
  const rows = new MemoryRows();
  for (const fact of await world.facts()) {
    for (const projection of [operationsProjection, healingProjection]) {
      if (projection.categories.some((category) => fact.stream.startsWith(`${category}-`))) await projection.project(fact, rows);
    }
  }
  return rows;
}
const target = async () => (await (await views()).get<ServiceRow>('services', 'all', `target/${TARGET}`))!;
const incident = async () => (await (await views()).get<IncidentRow>('incidents', 'all', `incident/${INCIDENT}`))!;
const repair = async () => (await (await views()).get<RepairRow>('incidents', 'all', `repair/${REPAIR}`))!;
const report = (state: string) =>
  world.send('ReportTransition', { monitorId: MONITOR, state, sinceAt: world.now, instances: ['one'] });
const act = { runbookId: RUNBOOK, targetId: TARGET, autonomy: 'act', pinned: false };
const record = () => world.send('RecordStep', { repairId: REPAIR, step: 1, actionKey: ids.actionKey(REPAIR, 1), token: 1 });

beforeEach(async () => {
  world = new Simulation();
  await world.send('PublishRunbook', runbook);
  await world.send('SetAutonomy', act);
});

describe('a target', () => {
  it('is healthy once it is monitored, whichever was recorded first', async () => {
    await world.send('PublishMonitor', monitor);
    await world.send('RegisterTarget', registered);
    expect(await target()).toMatchObject({ state: 'healthy', monitors: [MONITOR] });
    world = new Simulation();
    await world.send('RegisterTarget', registered);
    expect(await target()).toMatchObject({ state: 'unknown', monitors: [] });
    await world.send('PublishMonitor', monitor);
    expect(await target()).toMatchObject({ state: 'healthy', monitors: [MONITOR] });
  });
});

describe('an outage in the views', () => {
  beforeEach(async () => {
    await world.send('RegisterTarget', registered);
    await world.send('PublishMonitor', monitor);
    await world.settle();
  });

  it('goes from breached over repairing to healthy', async () => {
    await report('breached');
    expect(await target()).toMatchObject({ state: 'breached' });
    await world.settle();
    expect(await target()).toMatchObject({
      state: 'repairing',
      incidentId: INCIDENT,
      lastRepair: { outcome: 'running' },
    });
    expect(await repair()).toMatchObject({ state: 'started', steps: [{ act: 'restart', state: 'running' }] });
    world.pass(2_000);
    await record();
    await report('clear');
    await world.settle();
    const { incidentId, ...row } = await target();
    expect(incidentId).toBeUndefined();
    expect(row).toMatchObject({ state: 'healthy', since: world.now, lastRepair: { outcome: 'verified' } });
    expect(await repair()).toMatchObject({ state: 'verified', steps: [{ state: 'succeeded' }] });
  });

  it('has its phases and its story', async () => {
    const detectedAt = world.now;
    await report('breached');
    await world.settle();
    world.pass(2_000);
    const actedAt = world.now;
    await record();
    await world.settle();
    world.pass(1_000);
    await report('clear');
    await world.settle();
    expect(await incident()).toMatchObject({
      ...{
        state: 'resolved',
        how: 'repair',
        detectedAt,
        respondedAt: detectedAt,
        actedAt,
        resolvedAt: world.now,
        openBreaches: 0,
      },
      ...{ repairId: REPAIR, runbookId: RUNBOOK, try: 1, sinceAt: detectedAt },
    });
    expect((await incident()).log.map(({ text }) => text)).toEqual([
      'kanban does not answer (kanban-availability).',
      'Repair 1 proposed: restart-service version 1.',
      'Within the guardrails; repair admitted with token 1.',
      'Step 1, restart: told the driver to restart.',
      'Step 1 is done.',
      'Watching whether it stays good.',
      'kanban-availability is good again.',
      'Repair verified after 3.0 s.',
      'Resolved by the repair after 3.0 s.',
    ]);
    world.pass(CLOSE_AFTER_MS);
    await world.send('CloseIncident', { incidentId: INCIDENT, followUps: [] });
    expect(await incident()).toMatchObject({ state: 'closed', closedAt: world.now });
  });

  it('says why nothing was done', async () => {
    await world.send('SetHealingMode', { mode: 'stopped', targetIds: [], why: 'person' }, { actor: 'user:x', sender: 'gateway' });
    await report('breached');
    await world.settle();
    const { state, escalation, log } = await incident();
    expect([state, escalation?.why]).toEqual(['escalated', 'declined']);
    expect(log.map(({ text }) => text)).toContain('Repair refused: healing is switched off.');
    expect(await repair()).toMatchObject({ state: 'declined', outcome: 'stopped' });
  });

  it('no data is neither good nor bad', async () => {
    await report('no_data');
    expect(await target()).toMatchObject({ state: 'no_data' });
    await report('data');
    expect(await target()).toMatchObject({ state: 'healthy' });
  });

  it('counts outcomes per runbook and target', async () => {
    await report('breached');
    await world.settle();
    await record();
    await report('clear');
    await world.settle();
    const row = await (await views()).get('healing', 'all', `autonomy/${RUNBOOK}~${TARGET}`);
    expect(row).toEqual({
      runbookId: RUNBOOK,
      targetId: TARGET,
      autonomy: 'act',
      why: 'seeded',
      pinned: false,
      verified: 1,
      failed: 0,
    });
  });
});

it('keeps the last 200 incidents, and every one that is not closed', async () => {
  const rows = new MemoryRows();
  const fact = (type: string, n: number, data: object) => ({
    ...{
      id: `${n}`,
      type,
      schema: 1,
      context: 'healer',
      stream: `incident-${n}`,
      revision: 0,
      position: '1',
      data,
    },
    metadata: { recordedAt: new Date(n * 1_000).toISOString(), actor: 'service:healer' },
  });
  for (let n = 1; n <= 205; n++) {
    const incidentId = ids.incident(ids.breach(INCIDENT, 'm', n));
    const opened = {
      incidentId,
      targetId: TARGET,
      severity: 'info',
      title: 'x',
      monitorId: MONITOR,
      breachId: incidentId,
      detectedAt: '',
    };
    await operationsProjection.project(fact('IncidentOpened', n, opened) as never, rows);
    if (n === 1) continue;
    await operationsProjection.project(fact('IncidentClosed', n, { incidentId, followUps: [] }) as never, rows);
  }
  const kept = (await rows.list<IncidentRow>('incidents', 'all', 'incident/')).map(([, row]) => row);
  expect(kept).toHaveLength(200);
  expect(kept.filter(({ state }) => state === 'open')).toHaveLength(1);
});
