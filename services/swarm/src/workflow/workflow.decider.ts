import type { WorkflowCommand, WorkflowEvent, WorkflowProblem } from '@agencyos/contracts';
import { type Decider, rejection, type Rejection } from '@agencyos/decider';
import type { WorkflowDefinition } from './workflow-definition.js';

/** Versions 1…n of one workflow; none is ever changed. */
export interface Workflow {
  versions: readonly { version: number; digest: string }[];
}

/** What the host found in the content that the command refers to; its own name where it has one. */
export type WorkflowPrepared = ({ definition: WorkflowDefinition } | { problems: WorkflowProblem[] }) & { workflowId?: string };

export const workflowDecider: Decider<WorkflowCommand, Workflow, WorkflowEvent> = {
  initialState: { versions: [] },
  decide(command, workflow) {
    const { data, metadata, prepared } = command;
    const { workflowId, spec: content, digest } = data;
    if (content.digest !== digest)
      throw rejection(command, 'invalid', { field: 'digest', detail: 'It is not the digest of the file.' });
    const parsed = prepared as WorkflowPrepared;
    const problems = [...otherName(parsed, workflowId), ...('problems' in parsed ? parsed.problems : [])];
    if (problems.length > 0 || !('definition' in parsed)) throw definitionInvalid(command, problems);
    const { definition } = parsed;
    if (definition.level > metadata.level) {
      const message = `groups, conditions and join are offered once the upgrade is finished (level ${definition.level})`;
      throw definitionInvalid(command, [{ code: 'shape', message, path: 'tasks' }]);
    }
    const last = workflow.versions.at(-1);
    if (last?.digest === digest) return [];
    const version = (last?.version ?? 0) + 1;
    return [
      {
        type: 'WorkflowPublished',
        data: { workflowId, version, digest, spec: content, taskCount: definition.nodes.length, roles: definition.roles },
      },
    ];
  },
  evolve: (workflow, { data: { version, digest } }) => ({
    versions: [...workflow.versions, { version, digest }],
  }),
};

function otherName({ workflowId: written }: WorkflowPrepared, workflowId: string): WorkflowProblem[] {
  if (written === undefined || written === workflowId) return [];
  const message = `the file is of the workflow "${written}", not "${workflowId}"`;
  return [{ code: 'wrong_workflow', message, path: 'workflow' }];
}

function definitionInvalid(command: WorkflowCommand, problems: WorkflowProblem[]): Rejection {
  const [first] = problems;
  const where = first?.line === undefined ? '' : `line ${first.line}: `;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const detail = `${where}${first?.message ?? 'not a workflow'}${more}`;
  return rejection(command, 'definition_invalid', { problems, detail });
}
