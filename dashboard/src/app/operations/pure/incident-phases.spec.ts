import type { IncidentRow } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import { at, ms } from '../../../test/rows';
import { incidentPhases, incidentSentence } from './incident-phases';

const incident = (more: Partial<IncidentRow>) =>
  ({
    targetId: 'relay',
    state: 'responding',
    detectedAt: at(2),
    openedAt: at(2),
    openBreaches: 0,
    log: [],
    ...more,
  }) as IncidentRow;
const names = (row: IncidentRow) =>
  incidentPhases(row, ms(60)).map(({ kind, name, time, now }) => [kind, name, time, now]);

describe('the phases of an incident', () => {
  it('are detected, repaired, verified', () => {
    const row = incident({
      sinceAt: at(0),
      respondedAt: at(3),
      actedAt: at(6),
      resolvedAt: at(8),
      how: 'repair',
      runbookId: 'restart-service',
      state: 'resolved',
    });
    expect(names(row)).toEqual([
      ['detected', 'detected', '3.0 s', false],
      ['repair', 'restart-service', '3.0 s', false],
      ['verified', 'verified', '2.0 s', false],
    ]);
    expect(incidentSentence(row)).toBe('Runbook restart-service, automatic. Verified.');
  });

  it('go on while nobody has acted', () => {
    expect(names(incident({ state: 'open' }))).toEqual([['detected', 'detected', '58 s', true]]);
  });

  it('say when the fault came back and a person is needed', () => {
    const row = incident({
      state: 'escalated',
      respondedAt: at(3),
      actedAt: at(9),
      escalation: { why: 'recurred', at: at(20) },
    });
    expect(names(row).map(([kind]) => kind)).toEqual(['detected', 'failed', 'waits']);
    expect(incidentSentence(row)).toBe('The repair worked and the fault returned. It waits for a person.');
  });

  it('of what cleared by itself have no repair', () => {
    const row = incident({ openedAt: at(3), resolvedAt: at(9), how: 'itself', state: 'closed' });
    expect(names(row)).toEqual([
      ['detected', 'detected', '1.0 s', false],
      ['verified', 'cleared by itself', '6.0 s', false],
    ]);
  });

  it('never are too short to be read', () => {
    for (const { weight } of incidentPhases(
      incident({ respondedAt: at(2), actedAt: at(2), resolvedAt: at(900) }),
      0,
    )) {
      expect(weight).toBeGreaterThanOrEqual(0.16);
    }
  });
});
