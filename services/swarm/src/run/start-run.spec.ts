import { describe, expect, it } from '@jest/globals';
import { RunSimulation } from '../testing/run-simulation.js';
import { definitionOf, releaseCheck } from '../testing/sample-workflow.js';

const definition = definitionOf(releaseCheck);

describe('starting a run', () => {
  const cause = (kind: 'manual' | 'setup' | 'trigger' | 'continued', actor: string) =>
    new RunSimulation(definition).refusal(
      'StartRun',
      { workflowId: definition.workflowId, input: { value: { repository: '/repo' } }, cause: { kind } },
      { actor },
    );

  it('by hand is what everybody may say, another cause only services (fault 9)', () => {
    expect(cause('manual', 'user:someone')).toBeUndefined();
    for (const kind of ['setup', 'trigger', 'continued'] as const) {
      expect(cause(kind, 'user:someone')).toBe('forbidden');
      expect(cause(kind, 'agent:worker')).toBe('forbidden');
      expect(cause(kind, 'service:swarm')).toBeUndefined();
    }
    expect(cause('setup', 'system:setup')).toBeUndefined();
  });
});
