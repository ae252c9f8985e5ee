import {
  agentsView,
  workflowsView,
  type AgentEvent,
  type AgentRow,
  type Fact,
  type WorkflowEvent,
  type WorkflowRow,
} from '@agencyos/contracts';
import type { Projection } from '@agencyos/runtime';

export const agentsProjection: Projection = {
  name: 'agents',
  version: 1,
  views: [agentsView],
  categories: ['agent'],
  project(fact, rows) {
    const { type, data, metadata } = fact as Fact & AgentEvent;
    if (type === 'AgentAdmitted') {
      // Its credential was taken back: nobody waits for it.
      if (data.roles.length === 0) rows.del('agents', 'all', `agent/${data.agentId}`);
      return;
    }
    const row: AgentRow = { ...data, registeredAt: metadata.recordedAt };
    rows.put('agents', 'all', `agent/${data.agentId}`, row);
  },
};

/** The last version of each workflow. */
export const workflowsProjection: Projection = {
  name: 'workflows',
  version: 1,
  views: [workflowsView],
  categories: ['workflow'],
  project(fact, rows) {
    const { data, metadata } = fact as Fact & WorkflowEvent;
    const { workflowId, version, digest, taskCount, roles } = data;
    const row: WorkflowRow = {
      workflowId,
      version,
      digest,
      taskCount,
      roles,
      publishedAt: metadata.recordedAt,
    };
    rows.put('workflows', 'all', `workflow/${workflowId}`, row);
  },
};
