import type { RunCommand } from '@agencyos/contracts';
import { Rejection, type Command } from '@agencyos/decider';
import type { AgentRoles } from '../agent/agent-roles.js';
import type { WorkflowLibrary } from '../workflow/workflow-library.js';
import { principalOf, type RunPrepared } from './run-command.js';
import type { Run } from './run-state.js';

/** Look-ups for a run's command: the workflow it follows, and for a claim what the agent has registered for. */
export function prepareRun(library: WorkflowLibrary, agents: AgentRoles) {
  return async (
    { type, data, metadata }: Command<RunCommand>,
    run: Run,
  ): Promise<RunPrepared | undefined> => {
    if (type === 'StartRun') {
      if (run.status !== 'none') return undefined;
      const workflow = await library.published(data.workflowId, data.version);
      if (!workflow) {
        const which = data.version === undefined ? '' : ` in version ${data.version}`;
        const detail = `No workflow ${data.workflowId}${which} has been published.`;
        throw new Rejection('unknown_workflow', { field: 'workflowId', detail }, 422);
      }
      return { workflow, spec: await library.specOf(workflow.digest) };
    }
    // Without a run the decision is a refusal that needs nothing.
    if (run.status === 'none') return undefined;
    const spec = await library.specOf(run.digest);
    if (type !== 'ClaimTask') return { spec };
    const claimant = principalOf(metadata);
    const role = run.tasks.get(data.taskId)?.role;
    if (!role || !claimant.startsWith('agent:')) return { spec };
    return { spec, agent: { roles: await agents.rolesOf(claimant.slice('agent:'.length), role) } };
  };
}
