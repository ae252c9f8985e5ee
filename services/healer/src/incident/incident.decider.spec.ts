import { describe, it } from '@jest/globals';
import { text, type IncidentCommand, type IncidentEvent } from '@agencyos/contracts';
import { deciderSpec, NOW } from '@agencyos/testing/decider';
import { breachId, INCIDENT, MONITOR, REPAIR, RUNBOOK, SERVICE, TARGET, USER } from '../../test/samples.js';
import { plus } from '../time.js';
import { CLOSE_AFTER_MS, incidentDecider } from './incident.decider.js';

const given = deciderSpec(incidentDecider);
const breach = (n: number) => ({
  incidentId: INCIDENT,
  monitorId: MONITOR,
  breachId: breachId(n),
  severity: 'critical' as const,
});
const opened: IncidentEvent = {
  type: 'IncidentOpened',
  data: { ...breach(1), targetId: TARGET, title: text('kanban does not answer'), detectedAt: NOW },
};
const cleared = (n: number, openBreaches: number): IncidentEvent => ({
  type: 'IncidentBreachCleared',
  data: { incidentId: INCIDENT, monitorId: MONITOR, breachId: breachId(n), openBreaches },
});
const resolved = (at: string, changes: object = {}): IncidentEvent => ({
  type: 'IncidentResolved',
  data: {
    ...{ incidentId: INCIDENT, targetId: TARGET, how: 'itself', lastedMs: Date.parse(at) - Date.parse(NOW) },
    ...{ closeAt: plus(at, CLOSE_AFTER_MS), ...changes },
  },
});
const resolve = (changes: object = {}): IncidentCommand => ({
  type: 'ResolveIncident',
  data: { incidentId: INCIDENT, how: 'itself', ...changes },
});
const on = (type: 'JoinIncident' | 'ReopenIncident' | 'ClearBreach', n: number): IncidentCommand => ({
  type,
  data: breach(n),
});
const closedEvent: IncidentEvent = { type: 'IncidentClosed', data: { incidentId: INCIDENT, followUps: [] } };
const close: IncidentCommand = { type: 'CloseIncident', data: { incidentId: INCIDENT, followUps: [] } };

describe('an incident', () => {
  it('is opened once', () => {
    const open: IncidentCommand = { type: 'OpenIncident', data: opened.data as never };
    given().when(open, SERVICE).then(opened);
    given(opened).when(open, SERVICE).then();
  });
  it('takes further breaches in', () =>
    given(opened)
      .when(on('JoinIncident', 2), SERVICE)
      .then({ type: 'IncidentBreachJoined', data: breach(2) }));
  it('counts the breaches that stay', () => {
    const joined: IncidentEvent = { type: 'IncidentBreachJoined', data: breach(2) };
    given(opened, joined).when(on('ClearBreach', 1), SERVICE).then(cleared(1, 1));
    given(opened, joined, cleared(1, 1)).when(on('ClearBreach', 2), SERVICE).then(cleared(2, 0));
    given(opened, joined, cleared(1, 1)).when(on('ClearBreach', 1), SERVICE).then();
  });
  it('is not resolved while it is breached', () =>
    given(opened).when(resolve(), SERVICE).thenRejected('still_breached', { openBreaches: 1 }));
  it('resolves when all has cleared', () =>
    given(opened, cleared(1, 0))
      .when(resolve({ how: 'repair', repairId: REPAIR }), { ...SERVICE, now: plus(NOW, 7_000) })
      .then(resolved(plus(NOW, 7_000), { how: 'repair', repairId: REPAIR })));
  it('resolves once', () => given(opened, cleared(1, 0), resolved(NOW)).when(resolve(), SERVICE).then());
  it('may be resolved by a person in spite of a breach, with a note', () => {
    given(opened).when(resolve()).thenRejected('still_breached', { field: 'note' });
    const note = text('taken out of service');
    given(opened)
      .when(resolve({ note }))
      .then(resolved(NOW, { how: 'person', note }));
  });
  it('follows the person for whom the board asks', () =>
    given(opened)
      .when(resolve({ note: text('known') }), { actor: 'service:kanban', sender: 'kanban', onBehalfOf: USER })
      .then(resolved(NOW, { how: 'person', note: 'known' })));
  it('reopens after its resolution, not after its books closed', () => {
    const reopened: IncidentEvent = { type: 'IncidentReopened', data: breach(2) };
    given(opened, cleared(1, 0), resolved(NOW)).when(on('ReopenIncident', 2), SERVICE).then(reopened);
    given(opened, cleared(1, 0), resolved(NOW)).when(on('JoinIncident', 2), SERVICE).then(reopened);
    given(opened, cleared(1, 0), resolved(NOW), closedEvent)
      .when(on('ReopenIncident', 2), SERVICE)
      .thenRejected('closed', { outcome: 'closed' });
  });
  it('names each repair that responds once', () => {
    const respond: IncidentCommand = {
      type: 'StartResponse',
      data: { incidentId: INCIDENT, repairId: REPAIR, runbookId: RUNBOOK },
    };
    const responding: IncidentEvent = { type: 'IncidentResponseStarted', data: respond.data as never };
    given(opened).when(respond, SERVICE).then(responding);
    given(opened, responding).when(respond, SERVICE).then();
  });
  it('is escalated once for the same reason, and not when it is over', () => {
    const data = { incidentId: INCIDENT, level: 1, to: ['role:operator'], why: 'no_runbook' as const };
    const escalate: IncidentCommand = { type: 'EscalateIncident', data };
    const escalated: IncidentEvent = { type: 'IncidentEscalated', data };
    given(opened).when(escalate, SERVICE).then(escalated);
    given(opened, escalated).when(escalate, SERVICE).then();
    given(opened, cleared(1, 0), resolved(NOW)).when(escalate, SERVICE).thenRejected('closed');
  });
  it('closes when its time has come', () => {
    const over = [opened, cleared(1, 0), resolved(NOW)];
    given(...over)
      .when(close, { ...SERVICE, now: plus(NOW, CLOSE_AFTER_MS) })
      .then(closedEvent);
    given(...over)
      .when(close, { ...SERVICE, now: plus(NOW, CLOSE_AFTER_MS - 1) })
      .thenRejected('not_due');
    given(...over)
      .when(close)
      .then(closedEvent);
    given(...over, closedEvent)
      .when(close)
      .then();
  });
  it('is not closed by a timer that was overtaken, nor by a person before it is resolved', () => {
    given(opened)
      .when(close, { ...SERVICE, now: plus(NOW, CLOSE_AFTER_MS) })
      .then();
    given(opened).when(close).thenRejected('still_breached');
  });
  it('that nobody opened is not found', () => given().when(resolve()).thenRejected('not_found'));
});
