import type { IncidentRow, RepairRow, ServiceRow } from '@agencyos/contracts';
import { corpus, frozenEvents, replay } from '@agencyos/runtime/testing';
import { describe, expect, it } from '@jest/globals';
import { healer } from '../src/service.js';

const logs = await corpus();
const histories = [...(await frozenEvents()), ...logs].map((history) => [history.name, history] as const);

describe('everything that was ever recorded is understood today', () => {
  it.each(histories)('%s', async (_, history) => {
    await expect(replay((core) => healer(core, undefined), history)).resolves.toBeDefined();
  });

  it('and the first day ends as it ended then', async () => {
    const { rows } = await replay(
      (core) => healer(core, undefined),
      logs.find(({ name }) => name === '0.1.0/first-day')!,
    );
    const incidents = rows.all<IncidentRow>('incidents', 'incident/').map(({ value }) => value);
    expect(incidents.map(({ targetId, state, how }) => [targetId, state, how])).toEqual([
      ['kanban', 'resolved', 'itself'],
      ['command-2', 'resolved', 'repair'],
      ['approvals', 'closed', 'itself'],
    ]);
    const repairs = rows.all<RepairRow>('incidents', 'repair/').map(({ value }) => value);
    expect(repairs.map(({ targetId, state }) => [targetId, state])).toEqual([
      ['kanban', 'verified'],
      ['command-2', 'verified'],
      ['approvals', 'declined'],
    ]);
    const targets = rows.all<ServiceRow>('services', 'target/').map(({ value }) => value.state);
    expect(targets).toEqual(Array(10).fill('healthy'));
  });
});
