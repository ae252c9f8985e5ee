import { describe, it } from '@jest/globals';
import { ids, type TargetCommand, type TargetEvent } from '@agencyos/contracts';
import { deciderSpec, NOW } from '@agencyos/testing/decider';
import { breachId, guardrails, INCIDENT, MONITOR, registered, REPAIR, RUNBOOK, SERVICE, TARGET } from '../../test/samples.js';
import { plus } from '../time.js';
import { REOPEN_WITHIN_MS, targetDecider } from './target.decider.js';

const given = deciderSpec(targetDecider);
const later = (ms: number) => ({ ...SERVICE, now: plus(NOW, ms) });
const known: TargetEvent = { type: 'TargetRegistered', data: registered };
const attached = (n: number, effect: 'opens' | 'joins' | 'reopens', incidentId = INCIDENT): TargetEvent => ({
  type: 'BreachAttached',
  data: {
    targetId: TARGET,
    incidentId,
    monitorId: MONITOR,
    breachId: breachId(n),
    severity: 'critical',
    effect,
  },
});
const attach = (n: number): TargetCommand => ({
  type: 'AttachBreach',
  data: { targetId: TARGET, monitorId: MONITOR, breachId: breachId(n), severity: 'critical' },
});
const detached: TargetEvent = { type: 'IncidentDetached', data: { targetId: TARGET, incidentId: INCIDENT } };
const repair = (n: number) => ids.repair(INCIDENT, n);
const admitted = (n: number, token = n): TargetEvent => ({
  type: 'RepairAdmitted',
  data: { targetId: TARGET, repairId: repair(n), runbookId: RUNBOOK, instances: ['one'], token },
});
const released = (n: number, token = n): TargetEvent => ({
  type: 'RepairReleased',
  data: { targetId: TARGET, repairId: repair(n), token, outcome: 'verified' },
});
type Admit = Extract<TargetCommand, { type: 'AdmitRepair' }>['data'];
const admit = (n = 1, changes: Partial<Admit> = {}): TargetCommand => ({
  type: 'AdmitRepair',
  data: {
    ...{ targetId: TARGET, repairId: repair(n), runbookId: RUNBOOK, instances: ['one'], guardrails },
    ...{ mode: 'live', unhealthy: 1 },
    ...changes,
  },
});
const deferred = (code: string, n = 1): TargetEvent =>
  ({
    type: 'RepairDeferred',
    data: { targetId: TARGET, repairId: repair(n), runbookId: RUNBOOK, code },
  }) as TargetEvent;
const again = (code: string, retryAt: string, n: number): TargetEvent => {
  const asked = { retryAt, instances: ['one'], guardrails, unhealthy: 1 };
  return { ...deferred(code, n), data: { ...deferred(code, n).data, ...asked } } as TargetEvent;
};

describe('a breach', () => {
  it('opens an incident whose id derives from it', () => given(known).when(attach(1), SERVICE).then(attached(1, 'opens')));
  it('joins the incident that is open', () =>
    given(known, attached(1, 'opens')).when(attach(2), SERVICE).then(attached(2, 'joins')));
  it('is attached once', () => given(known, attached(1, 'opens')).when(attach(1), SERVICE).then());
  it('soon after the resolution reopens', () =>
    given(known, attached(1, 'opens'), detached)
      .when(attach(2), later(REOPEN_WITHIN_MS - 1))
      .then(attached(2, 'reopens')));
  it('later opens another incident', () =>
    given(known, attached(1, 'opens'), detached)
      .when(attach(2), later(REOPEN_WITHIN_MS))
      .then(attached(2, 'opens', ids.incident(breachId(2)))));
  it('can be suppressed', () =>
    given(known)
      .when({ ...attach(1), data: { ...attach(1).data, suppress: 'maintenance' } } as TargetCommand, SERVICE)
      .then({
        type: 'BreachSuppressed',
        data: { targetId: TARGET, monitorId: MONITOR, breachId: breachId(1), why: 'maintenance' },
      }));
  it('of an unknown target is refused', () => given().when(attach(1), SERVICE).thenRejected('not_found'));
});

describe('an incident is detached', () => {
  const detach: TargetCommand = { type: 'DetachIncident', data: { targetId: TARGET, incidentId: INCIDENT } };
  it('when it is the open one', () => given(known, attached(1, 'opens')).when(detach, SERVICE).then(detached));
  it('and otherwise nothing changes', () => given(known).when(detach, SERVICE).then());
});

describe('a repair is admitted', () => {
  it('with the first token', () => given(known).when(admit(), SERVICE).then(admitted(1)));
  it('with a higher token every time', () =>
    given(known, admitted(1), released(1)).when(admit(2), later(guardrails.cooldownMs)).then(admitted(2)));
  it('once', () => given(known, admitted(1), released(1)).when(admit(1), SERVICE).then());
});

describe('a repair is deferred', () => {
  it('while another is under way, and asks again', () =>
    given(known, admitted(1))
      .when(admit(2), SERVICE)
      .then(again('busy', plus(NOW, 5_000), 2)));
  it('so soon after the last one, and asks again', () =>
    given(known, admitted(1), released(1))
      .when(admit(2), later(1_000))
      .then(again('cooldown', plus(NOW, guardrails.cooldownMs), 2)));
  it('for longer after each repair that failed or did not hold, and asks again (fault 19)', () => {
    const failed: TargetEvent = { ...released(1), data: { ...released(1).data, outcome: 'failed' } } as TargetEvent;
    given(known, attached(1, 'opens'), admitted(1), failed)
      .when(admit(2), later(1_000))
      .then(again('cooldown', plus(NOW, 2 * guardrails.cooldownMs), 2));
    given(known, attached(1, 'opens'), admitted(1), released(1), detached, attached(2, 'reopens'))
      .when(admit(2), later(1_000))
      .then(again('cooldown', plus(NOW, 2 * guardrails.cooldownMs), 2));
    given(known, admitted(1), failed, attached(2, 'opens'))
      .when(admit(2), later(1_000))
      .then(again('cooldown', plus(NOW, guardrails.cooldownMs), 2));
  });
  it('for good when the hour is used up', () =>
    given(known, admitted(1), released(1), admitted(2), released(2), admitted(3), released(3))
      .when(admit(4), later(10_000))
      .then(deferred('rate', 4)));
  it('for good when the day is used up', () =>
    given(known, ...[1, 2, 3, 4, 5].flatMap((n) => [admitted(n), released(n)]))
      .when(admit(6), later(2 * 3_600_000))
      .then(deferred('rate', 6)));
  it('but not on the next day', () =>
    given(known, ...[1, 2, 3, 4, 5].flatMap((n) => [admitted(n), released(n)]))
      .when(admit(6), later(24 * 3_600_000))
      .then(admitted(6)));
  it('for good when healing is off, whatever the sender saw', () => {
    given(known)
      .when(admit(1, { mode: 'stopped' }), SERVICE)
      .then(deferred('stopped'));
    given(known).when(admit(), SERVICE, { mode: 'stopped' }).then(deferred('stopped'));
    given(known).when(admit(), SERVICE, { mode: 'dry_run' }).then(deferred('stopped'));
  });
  it('for good without the certificate that its runbook wants', () =>
    given(known)
      .when(admit(1, { guardrails: { ...guardrails, requireCertificate: true } }), SERVICE)
      .then(deferred('uncertified')));
  it('never because more instances are down than were registered', () =>
    given(known)
      .when(admit(1, { instances: ['one', 'two'], unhealthy: 2 }), SERVICE)
      .then({ ...admitted(1), data: { ...admitted(1).data, instances: ['one', 'two'] } } as TargetEvent));
  it('for good when too few would stay healthy', () => {
    const two: TargetEvent = {
      type: 'TargetRegistered',
      data: { ...registered, replicas: 2, minHealthy: 1 },
    };
    given(two)
      .when(admit(1, { unhealthy: 2 }), SERVICE)
      .then(deferred('blast_radius'));
    given(two).when(admit(), SERVICE).then(admitted(1));
    const half = { ...guardrails, minHealthyRatio: 0.6 };
    given(two)
      .when(admit(1, { guardrails: half }), SERVICE)
      .then(deferred('blast_radius'));
  });
});

describe('a repair is released', () => {
  const release: TargetCommand = {
    type: 'ReleaseRepair',
    data: { targetId: TARGET, repairId: REPAIR, outcome: 'verified' },
  };
  it('with its token', () => given(known, admitted(1, 7)).when(release, SERVICE).then(released(1, 7)));
  it('once', () => given(known, admitted(1), released(1)).when(release, SERVICE).then());
});

describe('a target is registered', () => {
  const register = (replicas: number): TargetCommand => ({
    type: 'RegisterTarget',
    data: { ...registered, replicas },
  });
  it('and changed by people', () =>
    given(known)
      .when(register(3))
      .then({ type: 'TargetRegistered', data: { ...registered, replicas: 3 } }));
  it('and seeding leaves it as people made it', () => given(known).when(register(3), SERVICE).then());
  it('unless it depends on itself', () =>
    given()
      .when({ type: 'RegisterTarget', data: { ...registered, dependsOn: [TARGET] } })
      .thenRejected('dependency_cycle'));
});
