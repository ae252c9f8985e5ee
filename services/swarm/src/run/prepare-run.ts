import type { RunCommand } from '@agencyos/contracts';
import { type Command, rejection } from '@agencyos/decider';
import type { AgentRoles } from '../agent/agent-roles.js';
import type { GatePolicies } from '../gates/gate-policies.js';
import type { WorkflowLibrary } from '../library/workflow-library.js';
import { gatesOf } from '../kinds/gate/gates-of.js';
import { type Of, principalOf, type RunPrepared } from './run-command.js';
import type { Run } from './run-state.js';
import type { StoredOutputs } from './stored-outputs.js';

/**
 * Look-ups for a run's command: the workflow it follows, what its templates take out of stored outputs, and for a claim
 * what the agent has registered for.
 */
export function prepareRun(library: WorkflowLibrary, policies: GatePolicies, agents: AgentRoles, outputs: StoredOutputs) {
  return async (command: Command<RunCommand>, run: Run): Promise<RunPrepared | undefined> => {
    if (command.type === 'StartRun') {
      const { data } = command;
      if (run.status !== 'none') return undefined;
      const workflow = await library.published(data.workflowId, data);
      if (!workflow) throw unknownWorkflow(command);
      const definition = await library.definitionOf(workflow.digest);
      // There was one when it was published; a run must not find out after its expensive steps.
      const [missing] = await policies.missing(gatesOf(definition));
      if (missing !== undefined) throw rejection(command, 'no_policy', { field: 'workflowId', detail: sentence(missing.why) });
      return { workflow, definition, stored: new Map() };
    }
    // Without a run the decision is a refusal that needs nothing.
    if (run.status === 'none') return undefined;
    const definition = await library.definitionOf(run.digest);
    const stored = await outputs.of(run, definition, command);
    if (command.type !== 'ClaimTask') return { definition, stored };
    const claimant = principalOf(command.metadata);
    const role = run.tasks.get(command.data.taskId)?.role;
    if (!role || !claimant.startsWith('agent:')) return { definition, stored };
    return { definition, stored, agent: { roles: await agents.rolesOf(claimant.slice('agent:'.length), role) } };
  };
}

const sentence = (problem: string) => `${problem[0]!.toUpperCase()}${problem.slice(1)}.`;

function unknownWorkflow(command: Of<'StartRun'>) {
  const { workflowId, version, digest } = command.data;
  const ofDigest = digest === undefined ? '' : ` with the digest ${digest}`;
  const which = version === undefined ? ofDigest : ` in version ${version}`;
  const detail = `No workflow ${workflowId}${which} has been published.`;
  return rejection(command, 'unknown_workflow', { field: 'workflowId', detail });
}
