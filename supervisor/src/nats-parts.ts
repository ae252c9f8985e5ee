import { installation } from '@agencyos/contracts/installation';
import { agentPrincipal, outsideAccounts } from './nats-accounts.js';
import { accountBlock, exportsTo, userBlock } from './nats-config.js';
import { permissionsOf } from './nats-permissions.js';

/** Stand for an agent's id, a role, and the list of the accounts that have the role. */
export const PLACES = { agent: '@agent@', role: '@role@', accounts: '@accounts@' } as const;

/** How the public key of a principal is called in a configuration that does not hold it. */
const keyVariable = (principal: string): string => `KEY_${principal}`;

/**
 * The accounts of NATS in parts, for who puts them together where the agents are known (a chart): keys are variables, so
 * nothing of it is secret, and nothing changes with an installation.
 */
export function natsParts(): Record<'users' | 'agentExports' | 'roleExports' | 'agentAccount', string> {
  const users = installation.services.map((service) =>
    userBlock(`$${keyVariable(service.name)}`, service.name, permissionsOf(service)),
  );
  const [agent] = outsideAccounts({ agents: [{ agentId: PLACES.agent, roles: [PLACES.role] }], subscribers: [] });
  const exported = exportsTo([agent!]);
  const ofRole = (line: string) => line.includes(PLACES.role);
  const accounts = JSON.stringify([agentPrincipal(PLACES.agent)]);
  return {
    users: users.join(',\n'),
    agentExports: exported.filter((line) => !ofRole(line)).join(',\n'),
    roleExports: exported
      .filter(ofRole)
      .map((line) => line.replace(accounts, PLACES.accounts))
      .join(',\n'),
    agentAccount: accountBlock(`$${keyVariable(agentPrincipal(PLACES.agent))}`, agent!),
  };
}
