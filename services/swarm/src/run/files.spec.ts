import { describe, expect, it } from '@jest/globals';
import { RunSimulation } from '../testing/run-simulation.js';
import { definitionOf } from '../testing/sample-workflow.js';

const definition = definitionOf(`workflow: w
title: W
tasks:
  - { id: build, role: r, produces: { steps: steps, notes: NOTES.md } }
  - { id: check, role: r, needs: [build], uses: [build.notes], run: [check, "\${{ uses.notes }}"] }
  - { id: ask, needs: [check], gate: { action: { kind: publish, target: t } } }
  - { id: publish, role: r, after: ask, uses: [build.steps], run: [node, uses/steps/publish.mjs] }
`);
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const steps = digest('1');
const notes = digest('2');

function atGate(files = { steps, notes }) {
  const run = RunSimulation.started(definition, {});
  run.produce('build', files);
  run.complete('check');
  return run;
}

describe('files of a task (fault 6)', () => {
  it('are given to those that use them, by digest', () => {
    const run = RunSimulation.started(definition, {});
    expect(run.events.at(-1)!.data).toMatchObject({
      input: { value: { produces: { steps: 'steps', notes: 'NOTES.md' } } },
    });
    expect(run.produce('build', { steps, notes }).at(-1)!.data).toMatchObject({
      taskId: 'check',
      input: {
        value: {
          run: ['check', 'uses/notes'],
          uses: { notes: { digest: notes, bytes: 3, mediaType: 'text/plain' } },
        },
      },
    });
  });

  it('come with the name of the image in which they are to be worked at', () => {
    const named = definitionOf('workflow: w\ntitle: W\ntasks:\n  - { id: build, role: r, image: node, run: [make] }\n');
    const { data } = RunSimulation.started(named, {}).events.at(-1)!;
    expect(data).toMatchObject({ input: { value: { run: ['make'], image: 'node' } } });
  });

  it('are all there when it succeeds, or its result is refused', () => {
    const run = RunSimulation.started(definition, {});
    run.claim('build');
    const result = { output: { value: 1 }, usage: run.run.usage };
    expect(run.refusal('SucceedTask', { taskId: 'build', attempt: 1, ...result, artifacts: [] })).toBe('artifact_missing');
  });
});

describe('files behind a gate (fault 10)', () => {
  it('are part of what is approved, by name and digest', () => {
    const { action } = atGate().run.tasks.get('ask')!;
    expect(action).toMatchObject({
      artifacts: [steps],
      parameters: { value: { guarded: { publish: { uses: { steps: { digest: steps } } } } } },
    });
  });

  it('make another action of other bytes', () => {
    const digestOf = (run: RunSimulation) => run.run.tasks.get('ask')!.actionDigest;
    expect(digestOf(atGate())).toBe(digestOf(atGate()));
    expect(digestOf(atGate({ steps: digest('3'), notes }))).not.toBe(digestOf(atGate()));
  });

  it('are what the worker is told to unpack, with the approval', () => {
    const run = atGate();
    const scheduled = run.open('ask').at(-1)!;
    expect(scheduled.data).toMatchObject({
      taskId: 'publish',
      approvalId: run.run.tasks.get('ask')!.approvalId,
      input: { value: { uses: { steps: { digest: steps } } } },
    });
  });
});
