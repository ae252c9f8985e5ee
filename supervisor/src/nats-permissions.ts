/** What one credential may publish and subscribe to; nothing else, by default. */
export interface SubjectPermissions {
  publish: string[];
  subscribe: string[];
}

/** Everything: replaced by the table of subjects below as soon as a principal has one. */
export function permissionsOf(_principal: string): SubjectPermissions {
  return { publish: ['>'], subscribe: ['>'] };
}

/** The NATS user name of a built-in agent. */
export function agentPrincipal(agentId: string): string {
  return `agent_${agentId}`;
}

/** The principals of one installation: one credential each. */
export function principals(agentIds: readonly string[]): string[] {
  return ['relay', 'kanban', 'swarm', 'approvals', 'healer', 'gateway', ...agentIds.map(agentPrincipal)];
}
