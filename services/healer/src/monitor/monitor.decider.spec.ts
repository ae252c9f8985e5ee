import { describe, expect, it } from '@jest/globals';
import { type MonitorCommand, type MonitorEvent } from '@agencyos/contracts';
import { deciderSpec, NOW, testMetadata } from '@agencyos/testing/decider';
import fc from 'fast-check';
import { breachId, INSTALLATION, monitor, MONITOR, SERVICE, TARGET } from '../../test/samples.js';
import { plus } from '../time.js';
import { monitorDecider } from './monitor.decider.js';

const given = deciderSpec(monitorDecider);
const lookup = { installationId: INSTALLATION };
const published: MonitorEvent = { type: 'MonitorPublished', data: { ...monitor, version: 1 } };
type State = Extract<MonitorCommand, { type: 'ReportTransition' }>['data']['state'];
const report = (state: State, sinceAt = NOW): MonitorCommand => ({
  type: 'ReportTransition',
  data: {
    monitorId: MONITOR,
    state,
    value: 3,
    threshold: 3,
    window: 'heartbeats',
    sinceAt,
    instances: ['one'],
  },
});
const of = { monitorId: MONITOR, targetId: TARGET, severity: 'critical' as const };
const breached = (n: number): MonitorEvent => ({
  type: 'MonitorBreached',
  data: {
    ...of,
    breachId: breachId(n),
    value: 3,
    threshold: 3,
    window: 'heartbeats',
    sinceAt: NOW,
    instances: ['one'],
  },
});
const cleared = (n: number, lastedMs: number): MonitorEvent => ({
  type: 'MonitorCleared',
  data: { ...of, breachId: breachId(n), value: 3, lastedMs },
});

describe('a transition', () => {
  it('to bad is a breach', () => given(published).when(report('breached'), SERVICE, lookup).then(breached(1)));
  it('to bad again is nothing', () => given(published, breached(1)).when(report('breached'), SERVICE, lookup).then());
  it('to good says how long it was bad', () =>
    given(published, breached(1))
      .when(report('clear', plus(NOW, 4_000)), { ...SERVICE, now: plus(NOW, 6_000) }, lookup)
      .then(cleared(1, 4_000)));
  it('to good without a time of its own counts until now', () =>
    given(published, breached(1))
      .when(report('clear'), { ...SERVICE, now: plus(NOW, 6_000) }, lookup)
      .then(cleared(1, 6_000)));
  it('to good when nothing was bad is nothing', () => given(published).when(report('clear'), SERVICE, lookup).then());
  it('to bad once more has an id of its own', () =>
    given(published, breached(1), cleared(1, 1)).when(report('breached'), SERVICE, lookup).then(breached(2)));
  it('to no data and back', () => {
    const lost: MonitorEvent = { type: 'MonitorDataLost', data: { monitorId: MONITOR, sinceAt: NOW } };
    given(published).when(report('no_data'), SERVICE, lookup).then(lost);
    given(published, lost).when(report('no_data'), SERVICE, lookup).then();
    given(published, lost)
      .when(report('data'), { ...SERVICE, now: plus(NOW, 900) }, lookup)
      .then({ type: 'MonitorDataReturned', data: { monitorId: MONITOR, lostMs: 900 } });
    given(published).when(report('data'), SERVICE, lookup).then();
  });
  it('of an unknown monitor is refused', () => given().when(report('breached'), SERVICE, lookup).thenRejected('not_found'));

  it('whatever is reported, breach and clear alternate', () => {
    const reports = fc.array(fc.constantFrom<State>('breached', 'clear', 'no_data', 'data'), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(reports, (states) => {
        let state = monitorDecider.evolve(monitorDecider.initialState, published, {
          revision: 0,
          recordedAt: NOW,
          actor: '',
        });
        const events = states.flatMap((next) => {
          const command = { ...report(next), metadata: testMetadata(SERVICE), prepared: lookup };
          return monitorDecider.decide(command, state).map((event) => {
            state = monitorDecider.evolve(state, event, { revision: 0, recordedAt: NOW, actor: '' });
            return event.type;
          });
        });
        const turns = events.filter((type) => type === 'MonitorBreached' || type === 'MonitorCleared');
        expect(turns).toEqual(turns.map((_, n) => (n % 2 === 0 ? 'MonitorBreached' : 'MonitorCleared')));
      }),
    );
  });
});

describe('a monitor', () => {
  const publish = (changes: object = {}): MonitorCommand => ({
    type: 'PublishMonitor',
    data: { ...monitor, ...changes },
  });
  it('has versions', () =>
    given(published)
      .when(publish({ clearForMs: 9 }))
      .then({ type: 'MonitorPublished', data: { ...monitor, clearForMs: 9, version: 2 } }));
  it('unchanged has no new one', () => given(published).when(publish()).then());
  it('of availability says how many heartbeats may be missing', () =>
    given()
      .when(publish({ objective: { value: { missed: 0 } } }))
      .thenRejected('objective_invalid'));
});
