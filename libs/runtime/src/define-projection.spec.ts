import { agentEvents, agentsView, boardsView, workflowEvents, type Fact } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import { reactingTo } from './define-consumers.js';
import { changesBy, changesBySome, defineProjection, unchanged } from './define-projection.js';
import { MemoryRows } from './testing/memory-rows.js';

const AGENT = { agentId: 'writer', kind: 'command', roles: ['write'], build: '1', maxConcurrent: 1 } as const;
const fact = (type: string, data: object) => ({ type, data, metadata: { recordedAt: 'now' } }) as unknown as Fact;

describe('a projection', () => {
  const registered = changesBy([agentEvents], {
    AgentAdmitted: unchanged,
    AgentRegistered({ data, metadata }, rows) {
      rows.of(agentsView, 'all').put(`agent/${data.agentId}`, { ...data, registeredAt: metadata.recordedAt });
    },
  });

  it('reads the categories of its events and passes facts to their handlers, one set of changes after another', async () => {
    const seen: string[] = [];
    const watched = changesBySome([agentEvents, workflowEvents], {
      async AgentRegistered({ data: { agentId } }, rows) {
        seen.push(`${agentId} ${(await rows.of(agentsView, 'all').list('agent')).length}`);
      },
    });
    const projection = defineProjection([agentsView], { name: 'agents', version: 1, changes: [registered, watched] });
    const rows = new MemoryRows();
    for (const type of ['AgentAdmitted', 'AgentRegistered', 'WorkflowPublished', 'toString']) {
      await projection.project(fact(type, AGENT), rows);
    }
    expect(projection.categories).toEqual(['agent', 'workflow']);
    expect(rows.all()).toEqual([{ kind: 'agents', id: 'all', key: 'agent/writer', value: { ...AGENT, registeredAt: 'now' } }]);
    expect(seen).toEqual(['writer 1']);
  });

  it('writes its own views only', async () => {
    const projection = defineProjection([boardsView], { name: 'boards', version: 1, changes: [registered] });
    await expect((async () => projection.project(fact('AgentRegistered', AGENT), new MemoryRows()))()).rejects.toThrow(
      'agents is no view of the projection boards',
    );
  });
});

/** Nothing runs here: each line compiles only because the mistake in it is one. */
export const mistakes = {
  commandOfNoName: reactingTo([agentEvents], () => [
    // @ts-expect-error -- no command has this name
    { name: 'one', command: { type: 'RegisterAgnt', data: AGENT } },
  ]),
  commandWithoutItsData: reactingTo([agentEvents], () => [
    // @ts-expect-error -- the data are another command's
    { name: 'one', command: { type: 'CancelRun', data: { taskId: 'x' } } },
  ]),
  rowOfAnotherShape: changesBySome([agentEvents], {
    // @ts-expect-error -- `registeredAt` is missing
    AgentRegistered: ({ data }, rows) => rows.of(agentsView, 'all').put(`agent/${data.agentId}`, data),
  }),
  keyOfNoRow: changesBySome([agentEvents], {
    // @ts-expect-error -- the view has no such rows
    AgentRegistered: ({ data }, rows) => rows.of(agentsView, 'all').del(`agnet/${data.agentId}`),
  }),
  // @ts-expect-error -- nobody says what AgentAdmitted changes
  eventForgotten: changesBy([agentEvents], { AgentRegistered: unchanged }),
  // @ts-expect-error -- there is no such event
  eventOfNoName: changesBySome([agentEvents], { AgentRegisterd: unchanged }),
};
