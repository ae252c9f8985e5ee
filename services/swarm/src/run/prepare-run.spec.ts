import type { RunCommand } from '@agencyos/contracts';
import { testMetadata } from '@agencyos/testing/decider';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AgentRoles } from '../agent/agent-roles.js';
import type { GatePolicies } from '../gates/gate-policies.js';
import { RUN_ID, RunSimulation } from '../testing/run-simulation.js';
import { definitionOf, releaseCheck } from '../testing/sample-workflow.js';
import type { WorkflowLibrary } from '../library/workflow-library.js';
import type { GateAction } from '../kinds/gate/gates-of.js';
import { prepareRun } from './prepare-run.js';
import { noRun, type Run } from './run-state.js';
import type { StoredOutputs } from './stored-outputs.js';

const definition = definitionOf(releaseCheck);
const workflow = { version: 3, digest: 'sha256:3' };
const stored = new Map([['lint', {}]]);
let published: typeof workflow | undefined;
let missing: { gate: GateAction; why: string }[];
let asked: unknown[][];

beforeEach(() => {
  [published, missing, asked] = [workflow, [], []];
});

function prepare(type: RunCommand['type'], data: object, run: Run, by: object = { actor: 'agent:worker' }) {
  const note =
    (what: string, answer: () => unknown) =>
    async (...given: unknown[]) => {
      asked.push([what, ...given]);
      return answer();
    };
  const library = { published: note('published', () => published), definitionOf: note('definitionOf', () => definition) };
  const policies = { missing: note('missing', () => missing) };
  const agents = { rolesOf: note('rolesOf', () => ['check']) };
  const outputs = { of: async () => stored };
  return prepareRun(
    library as unknown as WorkflowLibrary,
    policies as unknown as GatePolicies,
    agents as unknown as AgentRoles,
    outputs as unknown as StoredOutputs,
  )({ type, data: { runId: RUN_ID, ...data }, metadata: testMetadata(by) } as never, run);
}
const start = (data: object = {}, run = noRun) => prepare('StartRun', { workflowId: 'release-check', ...data }, run);
const started = () => RunSimulation.started(definition).run;
const claim = (by?: object, taskId = 'clone') => prepare('ClaimTask', { taskId, attempt: 1 }, started(), by);

describe('what a run that begins has to know', () => {
  it('is the version that it follows, with a policy for each of its gates', async () => {
    expect(await start()).toEqual({ workflow, definition, stored: new Map() });
    expect(asked).toEqual([
      ['published', 'release-check', expect.objectContaining({ workflowId: 'release-check' })],
      ['definitionOf', 'sha256:3'],
      ['missing', [{ name: '"approve"', kind: 'publish', policyId: 'release' }]],
    ]);
  });

  it('is nothing where it has begun before', async () => {
    expect(await start({}, started())).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it.each([
    [{}, 'No workflow release-check has been published.'],
    [{ version: 2 }, 'No workflow release-check in version 2 has been published.'],
    [{ digest: 'sha256:9' }, 'No workflow release-check with the digest sha256:9 has been published.'],
  ])('is refused where it was not published: %j', async (data, detail) => {
    published = undefined;
    await expect(start(data)).rejects.toMatchObject({ code: 'unknown_workflow', details: { field: 'workflowId', detail } });
  });

  it('is refused where nobody could ever open one of its gates', async () => {
    missing = [{ gate: { name: '"approve"', kind: 'publish' }, why: 'no active policy covers it' }];
    await expect(start()).rejects.toMatchObject({
      code: 'no_policy',
      details: { field: 'workflowId', detail: 'No active policy covers it.' },
    });
  });
});

describe('what a run that is under way has to know', () => {
  it('is its workflow, and what lies in the content store', async () => {
    expect(await prepare('PlanMore', {}, started())).toEqual({ definition, stored });
    expect(asked).toEqual([['definitionOf', started().digest]]);
  });

  it('is nothing where there is none', async () => expect(await prepare('PlanMore', {}, noRun)).toBeUndefined());

  it('is what an agent that claims has registered for', async () => {
    expect(await claim()).toEqual({ definition, stored, agent: { roles: ['check'] } });
    expect(asked.at(-1)).toEqual(['rolesOf', 'worker', 'check']);
    expect(await claim({ actor: 'service:kanban', onBehalfOf: 'agent:other' })).toHaveProperty('agent');
    expect(asked.at(-1)).toEqual(['rolesOf', 'other', 'check']);
  });

  it('is nothing more of a person, or of what nobody can claim', async () => {
    expect(await claim({ actor: 'user:one' })).toEqual({ definition, stored });
    expect(await claim({ actor: 'agent:worker', onBehalfOf: 'user:one' })).toHaveProperty('agent');
    expect(await claim(undefined, 'unknown')).toEqual({ definition, stored });
    expect(await claim(undefined, 'approve')).toEqual({ definition, stored });
  });
});
