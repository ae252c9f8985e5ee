import type { RecordedEvent } from '@agencyos/runtime';

/** Roles for which tasks may be offered once this event has happened. */
export function rolesIn({ type, data }: RecordedEvent): string[] {
  switch (type) {
    case 'AgentAdmitted':
    case 'AgentRegistered':
    case 'WorkflowPublished':
      return strings(data['roles']);
    case 'TaskScheduled':
      return strings([data['role']]);
    case 'TaskHandedOff':
      return strings([data['toRole']]);
    default:
      return [];
  }
}

const strings = (values: unknown): string[] => (Array.isArray(values) ? values.filter((value) => typeof value === 'string') : []);
