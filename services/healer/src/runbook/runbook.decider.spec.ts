import { describe, it } from '@jest/globals';
import type { RunbookCommand, RunbookEvent } from '@agencyos/contracts';
import { deciderSpec } from '@agencyos/testing/decider';
import { restart, runbook, SERVICE } from '../../test/samples.js';
import { runbookDecider } from './runbook.decider.js';

const given = deciderSpec(runbookDecider);
const publish = (changes: object = {}): RunbookCommand => ({
  type: 'PublishRunbook',
  data: { ...runbook, ...changes },
});
const published = (version: number, changes: object = {}): RunbookEvent => ({
  type: 'RunbookPublished',
  data: { ...runbook, ...changes, version },
});
const other = { digest: `sha256:${'3'.repeat(64)}` };

describe('a runbook', () => {
  it('has immutable versions', () => {
    given().when(publish()).then(published(1));
    given(published(1)).when(publish()).then();
    given(published(1)).when(publish(other)).then(published(2, other));
  });
  it('of people is left alone by seeding', () => given(published(2, other)).when(publish(), SERVICE).then());
  it('has steps that a driver can do, each once', () => {
    given()
      .when(publish({ steps: [] }))
      .thenRejected('step_invalid', { field: 'steps' });
    given()
      .when(publish({ steps: [{ ...restart, act: 'reboot-planet' }] }))
      .thenRejected('step_invalid', { field: 'steps.0.act' });
    given()
      .when(publish({ steps: [restart, restart] }))
      .thenRejected('step_invalid', { field: 'steps.1.stepId' });
  });
});
