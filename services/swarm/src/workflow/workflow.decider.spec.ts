import type { WorkflowCommand, WorkflowEvent, WorkflowProblem } from '@agencyos/contracts';
import { deciderSpec } from '@agencyos/testing/decider';
import { describe, it } from '@jest/globals';
import { definitionOf, releaseCheck } from '../testing/sample-workflow.js';
import { workflowDecider, type WorkflowPrepared } from './workflow.decider.js';

const given = deciderSpec(workflowDecider);
const workflowId = 'release-check';
const digestOf = (digit: string) => `sha256:${digit.repeat(64)}`;
const contentOf = (digit: string) => ({ digest: digestOf(digit), bytes: 10, mediaType: 'application/yaml' });
const publish = (digit = '1', digest = digestOf(digit)): WorkflowCommand => ({
  type: 'PublishWorkflow',
  data: { workflowId, digest, spec: contentOf(digit) },
});
const definition = definitionOf(releaseCheck);
const published = (version: number, digit = '1'): WorkflowEvent => ({
  type: 'WorkflowPublished',
  data: {
    ...{ workflowId, version, digest: digestOf(digit), spec: contentOf(digit), taskCount: 6 },
    roles: definition.roles,
  },
});
const parsed = (more: object = { definition }) => ({ workflowId, ...more }) as WorkflowPrepared;
const problem = (message: string, line?: number): WorkflowProblem => ({
  ...{ code: 'shape', message, path: 'tasks' },
  ...(line !== undefined && { line }),
});

describe('publishing a workflow', () => {
  it('makes a version of it; what the last one says makes none', () => {
    given().when(publish(), {}, parsed()).then(published(1));
    given(published(1)).when(publish(), {}, parsed()).then();
    given(published(1)).when(publish('2'), {}, parsed()).then(published(2, '2'));
    // As it was before is another version.
    given(published(1), published(2, '2')).when(publish('1'), {}, parsed()).then(published(3));
  });

  it('takes a file that does not say which workflow it is', () =>
    given()
      .when(publish(), {}, parsed({ definition, workflowId: undefined }))
      .then(published(1)));

  it('is refused under another digest than its file’s', () =>
    given()
      .when(publish('1', digestOf('2')), {}, parsed())
      .thenRejected('invalid', { field: 'digest' }));

  it('is refused with all that is wrong, the first of it in words', () => {
    const problems = [problem('there is no role', 3), problem('and no title')];
    given()
      .when(publish(), {}, parsed({ problems }))
      .thenRejected('definition_invalid', { problems, detail: 'line 3: there is no role (and 1 more)' });
    given()
      .when(publish(), {}, parsed({ problems: problems.slice(1) }))
      .thenRejected('definition_invalid', { detail: 'and no title' });
    given()
      .when(publish(), {}, parsed({ problems: [] }))
      .thenRejected('definition_invalid', { detail: 'not a workflow' });
  });

  it('is refused where the file is another workflow’s', () =>
    given()
      .when(publish(), {}, parsed({ definition, workflowId: 'other' }))
      .thenRejected('definition_invalid', {
        detail: 'the file is of the workflow "other", not "release-check"',
        problems: [
          { code: 'wrong_workflow', message: 'the file is of the workflow "other", not "release-check"', path: 'workflow' },
        ],
      }));
});
