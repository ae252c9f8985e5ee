import { describe, expect, it } from '@jest/globals';
import type { HealingCommand, HealingEvent, HealingState } from '@agencyos/contracts';
import { deciderSpec, NOW } from '@agencyos/testing/decider';
import { SERVICE } from '../../test/samples.js';
import { healingDecider, modeFor } from './healing.decider.js';

const given = deciderSpec(healingDecider);
type Why = 'person' | 'seeded';
const set = (mode: HealingState, targetIds: string[] = [], why: Why = 'person'): HealingCommand => ({
  type: 'SetHealingMode',
  data: { mode, targetIds, why },
});
const isSet = (mode: HealingState, targetIds: string[] = [], why: Why = 'person'): HealingEvent => ({
  type: 'HealingModeSet',
  data: { mode, targetIds, why },
});
const fold = (...events: HealingEvent[]) =>
  events.reduce(
    (state, event, revision) => healingDecider.evolve(state, event, { revision, recordedAt: NOW, actor: '' }),
    healingDecider.initialState,
  );

describe('the red switch', () => {
  it('is seeded once and leaves a person’s setting alone', () => {
    given()
      .when(set('live', [], 'seeded'), SERVICE)
      .then(isSet('live', [], 'seeded'));
    given(isSet('stopped'))
      .when(set('live', [], 'seeded'), SERVICE)
      .then();
  });
  it('is set by people for all or some', () => {
    given(isSet('live', [], 'seeded'))
      .when(set('stopped'))
      .then(isSet('stopped'));
    given(isSet('stopped')).when(set('stopped')).then();
    given(isSet('live'))
      .when(set('stopped', ['kanban']))
      .then(isSet('stopped', ['kanban']));
    given(isSet('live'), isSet('stopped', ['kanban']))
      .when(set('live'))
      .then(isSet('live'));
  });
  it('of a person is a person’s, whatever they say', () =>
    given(isSet('live'))
      .when(set('stopped', [], 'seeded'))
      .then());
  it('for all takes exceptions back', () => {
    const some = fold(isSet('live'), isSet('stopped', ['kanban']));
    expect([modeFor(some, 'kanban'), modeFor(some, 'relay')]).toEqual(['stopped', 'live']);
    expect(modeFor(fold(isSet('live'), isSet('stopped', ['kanban']), isSet('dry_run')), 'kanban')).toBe('dry_run');
  });
});
