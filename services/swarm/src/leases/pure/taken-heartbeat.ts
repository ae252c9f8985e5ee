import { AgentHeartbeat, dataFault, InstanceId, LimitedUsage } from '@agencyos/contracts';

/** Of one process; more it cannot have registered for. */
const MOST_LEASES = 1_000;
/** The column's. */
const MOST_ATTEMPTS = 2 ** 31 - 1;

/**
 * A heartbeat, if its leases fit into their rows and its usage into the command that ends a lease: those of many agents
 * are renewed by one statement, and a lease must end whatever its holder has said.
 */
export function takenHeartbeat(body: unknown): AgentHeartbeat | undefined {
  const { data: heartbeat } = AgentHeartbeat.safeParse(body);
  if (!heartbeat || dataFault(heartbeat)) return undefined;
  const { instanceId, leases } = heartbeat;
  if (leases.length > MOST_LEASES || !InstanceId.safeParse(instanceId).success) return undefined;
  return leases.every(fits) ? heartbeat : undefined;
}

const fits = ({ attempt, usage }: AgentHeartbeat['leases'][number]): boolean =>
  attempt <= MOST_ATTEMPTS && (usage === undefined || LimitedUsage.safeParse(usage).success);
