import { agentEvents, agentsView, workflowEvents, workflowsView } from '@agencyos/contracts';
import { changesBy, defineProjection } from '@agencyos/runtime';

export const agentsProjection = defineProjection([agentsView], {
  name: 'agents',
  version: 1,
  changes: [
    changesBy([agentEvents], {
      AgentAdmitted({ data: { agentId, roles } }, rows) {
        // Its credential was taken back: nobody waits for it.
        if (roles.length === 0) rows.of(agentsView, 'all').del(`agent/${agentId}`);
      },
      AgentRegistered({ data, metadata }, rows) {
        rows.of(agentsView, 'all').put(`agent/${data.agentId}`, { ...data, registeredAt: metadata.recordedAt });
      },
    }),
  ],
});

/** The last version of each workflow. */
export const workflowsProjection = defineProjection([workflowsView], {
  name: 'workflows',
  version: 1,
  changes: [
    changesBy([workflowEvents], {
      WorkflowPublished({ data, metadata }, rows) {
        const { workflowId, version, digest, taskCount, roles } = data;
        const row = { workflowId, version, digest, taskCount, roles, publishedAt: metadata.recordedAt };
        rows.of(workflowsView, 'all').put(`workflow/${workflowId}`, row);
      },
    }),
  ],
});
