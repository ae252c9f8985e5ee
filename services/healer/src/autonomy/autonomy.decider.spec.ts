import { describe, it } from '@jest/globals';
import { ids, type AutonomyCommand, type AutonomyEvent, type AutonomyLevel } from '@agencyos/contracts';
import { deciderSpec, NOW } from '@agencyos/testing/decider';
import { INCIDENT, RUNBOOK, SERVICE, TARGET } from '../../test/samples.js';
import { DAY_MS, plus } from '../time.js';
import { autonomyDecider } from './autonomy.decider.js';

const given = deciderSpec(autonomyDecider);
const of = { runbookId: RUNBOOK, targetId: TARGET };
const set = (autonomy: AutonomyLevel, pinned = false): AutonomyCommand => ({
  type: 'SetAutonomy',
  data: { ...of, autonomy, pinned },
});
const isSet = (autonomy: AutonomyLevel, why: string, was?: AutonomyLevel, pinned = false): AutonomyEvent =>
  ({ type: 'AutonomySet', data: { ...of, autonomy, ...(was && { was }), why, pinned } }) as AutonomyEvent;
type Outcome = 'verified' | 'failed' | 'recurred';
const record = (outcome: Outcome, n = 1): AutonomyCommand => ({
  type: 'RecordOutcome',
  data: { ...of, repairId: ids.repair(INCIDENT, n), outcome },
});
const recorded = (outcome: Outcome, n = 1): AutonomyEvent => ({
  type: 'OutcomeRecorded',
  data: record(outcome, n).data as never,
});

describe('autonomy', () => {
  it('is seeded once', () => {
    given().when(set('act'), SERVICE).then(isSet('act', 'seeded'));
    given(isSet('approve', 'demoted', 'act'))
      .when(set('act'), SERVICE)
      .then();
  });
  it('of our own processes stays whatever happens, unless people change it (fault 19)', () => {
    const pinned = isSet('act', 'seeded', undefined, true);
    given(pinned).when(record('failed'), SERVICE).then(recorded('failed'));
    given(pinned, recorded('failed')).when(record('recurred', 2), SERVICE).then(recorded('recurred', 2));
    given(pinned, isSet('act', 'person', 'act'))
      .when(record('failed'), SERVICE)
      .then(recorded('failed'), isSet('approve', 'demoted', 'act'));
  });
  it('as an earlier release seeded it becomes what is seeded today, unless people have set it', () => {
    const earlier = [isSet('act', 'seeded'), recorded('failed'), isSet('approve', 'demoted', 'act')];
    given(...earlier)
      .when(set('act', true), SERVICE)
      .then(isSet('act', 'seeded', 'approve', true));
    given(...earlier, isSet('act', 'seeded', 'approve', true))
      .when(set('act', true), SERVICE)
      .then();
    given(...earlier, isSet('observe', 'person', 'approve'))
      .when(set('act', true), SERVICE)
      .then();
  });
  it('to act is given by people only where no certificate is needed', () => {
    given(isSet('approve', 'demoted', 'act'))
      .when(set('act'), {}, { requireCertificate: false })
      .then(isSet('act', 'person', 'approve'));
    given().when(set('act'), {}, { requireCertificate: true }).thenRejected('uncertified');
    given().when(set('approve')).then(isSet('approve', 'person'));
    given(isSet('approve', 'person')).when(set('approve')).then();
  });
  it('stays while repairs are verified', () =>
    given(isSet('act', 'seeded')).when(record('verified'), SERVICE).then(recorded('verified')));
  it('is lost at once', () => {
    given(isSet('act', 'seeded'))
      .when(record('failed'), SERVICE)
      .then(recorded('failed'), isSet('approve', 'demoted', 'act'));
    given(isSet('act', 'person', undefined, true))
      .when(record('recurred'), SERVICE)
      .then(recorded('recurred'), isSet('approve', 'demoted', 'act', true));
    given(isSet('approve', 'person'))
      .when(record('failed'), SERVICE)
      .then(recorded('failed'), isSet('suggest', 'demoted', 'approve'));
    given(isSet('suggest', 'person'))
      .when(record('failed'), SERVICE)
      .then(recorded('failed'), isSet('observe', 'demoted', 'suggest'));
  });
  it('is lost wholly when it went wrong twice within a day', () => {
    const before = [
      isSet('act', 'seeded'),
      recorded('failed'),
      isSet('approve', 'demoted', 'act'),
      isSet('act', 'person', 'approve'),
    ];
    given(...before)
      .when(record('failed', 2), SERVICE)
      .then(recorded('failed', 2), isSet('observe', 'demoted', 'act'));
    given(...before)
      .when(record('failed', 2), { ...SERVICE, now: plus(NOW, DAY_MS) })
      .then(recorded('failed', 2), isSet('approve', 'demoted', 'act'));
  });
  it('is earned by five verified in a row, unless it is pinned', () => {
    const four = [1, 2, 3, 4].map((n) => recorded('verified', n));
    given(isSet('suggest', 'person'), ...four)
      .when(record('verified', 5), SERVICE)
      .then(recorded('verified', 5), isSet('approve', 'earned', 'suggest'));
    given(isSet('suggest', 'person', undefined, true), ...four)
      .when(record('verified', 5), SERVICE)
      .then(recorded('verified', 5));
  });
  it('counts an outcome once', () =>
    given(isSet('act', 'seeded'), recorded('verified')).when(record('verified'), SERVICE).then());
});
