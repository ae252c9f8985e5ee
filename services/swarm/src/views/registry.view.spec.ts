import { agentsView, workflowsView, type Fact } from '@agencyos/contracts';
import { MemoryRows } from '@agencyos/runtime/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { agentsProjection, workflowsProjection } from './registry.view.js';

const recordedAt = '2026-01-01T00:00:00.000Z';
let rows: MemoryRows;
beforeEach(() => void (rows = new MemoryRows()));
async function tell(type: string, data: object): Promise<void> {
  const fact = { type, data, metadata: { recordedAt } } as unknown as Fact;
  for (const projection of [agentsProjection, workflowsProjection]) await projection.project(fact, rows);
}

describe('the registry', () => {
  const said = { agentId: 'one', kind: 'command', roles: ['check'], build: '1', maxConcurrent: 1 };
  const agents = () => rows.of(agentsView, 'all').list('agent');

  it('has the agents as they say of themselves', async () => {
    await tell('AgentAdmitted', { agentId: 'one', roles: ['check', 'notes'] });
    expect(await agents()).toEqual([]);
    await tell('AgentRegistered', said);
    expect(await agents()).toEqual([['agent/one', { ...said, registeredAt: recordedAt }]]);
    await tell('AgentAdmitted', { agentId: 'one', roles: ['notes'] });
    expect(await agents()).toHaveLength(1);
  });

  it('has none whose credential was taken back', async () => {
    await tell('AgentRegistered', said);
    await tell('AgentRegistered', { ...said, agentId: 'two' });
    await tell('AgentAdmitted', { agentId: 'one', roles: [] });
    expect((await agents()).map(([key]) => key)).toEqual(['agent/two']);
  });

  it('has the last version of each workflow', async () => {
    const published = { workflowId: 'w', version: 1, digest: 'sha256:1', taskCount: 2, roles: ['check'], spec: {} };
    await tell('WorkflowPublished', published);
    await tell('WorkflowPublished', { ...published, version: 2, digest: 'sha256:2' });
    const { spec: _, ...row } = published;
    expect(await rows.of(workflowsView, 'all').list('workflow')).toEqual([
      ['workflow/w', { ...row, version: 2, digest: 'sha256:2', publishedAt: recordedAt }],
    ]);
  });
});
