import { approvalCommands } from './approval-commands.js';
import { approvalEvents } from './approval-events.js';
import { policyCommands } from './policy-commands.js';
import { policyEvents } from './policy-events.js';
import { approvalView, inboxView, policyView } from './views.js';

export * from './approval-commands.js';
export * from './approval-events.js';
export * from './policy-commands.js';
export * from './policy-events.js';
export * from './types.js';
export * from './views.js';

export const approvalsEvents = [approvalEvents, policyEvents];
export const approvalsCommands = [approvalCommands, policyCommands];
export const approvalsViews = [inboxView, approvalView, policyView];
