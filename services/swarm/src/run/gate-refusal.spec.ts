import { expect, it } from '@jest/globals';
import { text } from '@agencyos/contracts';
import { RunSimulation } from '../testing/run-simulation.js';
import { definitionOf, releaseCheck } from '../testing/sample-workflow.js';

it('a gate that a person refused says in the run who and why (fault 33)', () => {
  const run = RunSimulation.started(definitionOf(releaseCheck));
  run.complete('clone', { path: '/w', tag: 'v1' });
  run.complete('lint');
  run.complete('count');
  run.complete('notes', { file: 'NOTES.md' });
  const approvalId = run.run.tasks.get('approve')!.approvalId!;
  const why = { outcome: 'rejected', by: 'user:someone', reason: text('The tag is wrong') } as const;
  const events = run.do('RefuseGate', { taskId: 'approve', approvalId, ...why });
  expect(events[0]).toMatchObject({ type: 'GateRefused', data: why });
  expect(events.at(-1)).toMatchObject({
    type: 'RunFailed',
    data: {
      fault: {
        code: 'gate_rejected',
        message: expect.stringMatching(/: Rejected by a person: The tag is wrong$/) as never,
      },
    },
  });
});
