import { installation } from '../contracts/dist/installation/index.js';
import { natsParts } from '../supervisor/dist/server-parts.js';

/** What the chart's templates read: the table itself, and the accounts of NATS in parts that the supervisor writes, too. */
export function chartFiles(table = installation) {
  const { users, agentExports, roleExports, agentAccount } = natsParts();
  return {
    'installation.json': `${JSON.stringify(table, null, 2)}\n`,
    'nats-users.conf': `${users}\n`,
    'nats-agent-exports.conf': `${agentExports}\n`,
    'nats-role-exports.conf': `${roleExports}\n`,
    'nats-agent-account.conf': `${agentAccount}\n`,
  };
}
