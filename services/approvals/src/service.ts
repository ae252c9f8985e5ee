import {
  approvalCommands,
  approvalEvents,
  policyCommands,
  policyEvents,
  type ApprovalCommand,
  type PolicyCommand,
} from '@agencyos/contracts';
import type { Command } from '@agencyos/decider';
import { digestOf, type RuntimeCore, type ServiceDefinition } from '@agencyos/runtime';
import type { Approval } from './approval/approval.js';
import { approvalDecider } from './approval/approval.decider.js';
import { approvalTimers } from './approval/approval.timers.js';
import { prepareRequest } from './approval/prepare-request.js';
import { directoryProjection } from './directory/directory.view.js';
import { runPartiesProjection } from './directory/run-parties.view.js';
import { policyDecider } from './policy/policy.decider.js';
import { approvalProjection } from './views/approval.view.js';
import { policyProjection } from './views/policy.view.js';

/** Nothing critical happens before a person with the right says so. Knows nobody: others ask here and react. */
export const approvals = ({ views }: RuntimeCore): ServiceDefinition => ({
  name: 'approvals',
  aggregates: [
    {
      category: 'approval',
      commands: approvalCommands,
      events: approvalEvents,
      decider: approvalDecider,
      prepare: async (command: Command<ApprovalCommand>, approval: Approval) =>
        command.type === 'RequestApproval' ? prepareRequest(command, approval, views) : undefined,
    },
    {
      category: 'policy',
      commands: policyCommands,
      events: policyEvents,
      decider: policyDecider,
      prepare: async ({ type, data }: Command<PolicyCommand>) => (type === 'PublishPolicy' ? digestOf(data.rules) : undefined),
    },
  ],
  projections: [approvalProjection, policyProjection, directoryProjection, runPartiesProjection],
  timers: [approvalTimers],
});
