import {
  agentCommands,
  agentEvents,
  runCommands,
  runEvents,
  workflowCommands,
  workflowEvents,
  type AgentCommand,
  type AgentEvent,
  type RunCommand,
  type RunEvent,
  type WorkflowCommand,
  type WorkflowEvent,
} from '@agencyos/contracts';
import type { Aggregate, RuntimeCore, ServiceDefinition } from '@agencyos/runtime';
import { agentDecider, type Agent } from './agent/agent.decider.js';
import { AgentRoles } from './agent/agent-roles.js';
import { GatePolicies } from './gates/gate-policies.js';
import { gateAnswer, gateAsk } from './gates/gate.reactions.js';
import { leaseReactions } from './leases/lease.reactions.js';
import { LeaseTable } from './leases/lease-table.js';
import { OfferDesk } from './offers/offer-desk.js';
import { offerReactions } from './offers/offer.reactions.js';
import { planMore } from './run/plan-more.reactions.js';
import { prepareRun } from './run/prepare-run.js';
import { runDecider } from './run/run.decider.js';
import { reviveRun, type Run } from './run/run-state.js';
import { runTimers } from './run/run.timers.js';
import { StoredOutputs } from './run/stored-outputs.js';
import { snapshotKeys } from './snapshot-keys.js';
import { queuesProjection } from './views/queues.view.js';
import { agentsProjection, workflowsProjection } from './views/registry.view.js';
import { runProjection } from './views/run.view.js';
import { withProblems } from './workflow/problem-list.js';
import { WorkflowLibrary } from './library/workflow-library.js';
import { workflowDecider, type Workflow, type WorkflowPrepared } from './workflow/workflow.decider.js';

/** Workflows, their runs, and the agents that work on them. */
export function swarm({ content, store, database, bus, views }: RuntimeCore): ServiceDefinition {
  const policies = new GatePolicies(bus);
  const library = new WorkflowLibrary(content, store);
  const workflows: Aggregate<WorkflowCommand, Workflow, WorkflowEvent> = {
    category: 'workflow',
    commands: workflowCommands,
    events: workflowEvents,
    decider: workflowDecider,
    async prepare(command): Promise<WorkflowPrepared> {
      const { digest, bytes } = command.data.spec;
      const parsed = await library.examine(command, digest, bytes);
      const missing = await policies.missing(parsed.gates);
      return withProblems(
        parsed,
        missing.map(({ gate, why }) => ({ code: 'no_policy', message: why, ...gate.at })),
      );
    },
  };
  const agents: Aggregate<AgentCommand, Agent, AgentEvent> = {
    category: 'agent',
    commands: agentCommands,
    events: agentEvents,
    decider: agentDecider,
  };
  const runs: Aggregate<RunCommand, Run, RunEvent> = {
    category: 'run',
    commands: runCommands,
    events: runEvents,
    decider: runDecider,
    prepare: prepareRun(library, policies, new AgentRoles(store), new StoredOutputs(content)),
    snapshots: { key: snapshotKeys.run, revive: reviveRun, keepEvery: 4_000 },
  };
  return {
    name: 'swarm',
    aggregates: [workflows, agents, runs],
    projections: [runProjection(library), queuesProjection, agentsProjection, workflowsProjection],
    reactions: [
      offerReactions(new OfferDesk(bus, store, views)),
      leaseReactions(new LeaseTable(database), bus),
      ...[planMore, gateAsk, gateAnswer],
    ],
    timers: [runTimers],
  };
}
