import { Slug } from '@agencyos/contracts';
import type { Commands } from '@agencyos/runtime';
import { z } from 'zod';

const Roles = z.array(Slug).min(1);
const Agents = z.array(z.object({ agentId: Slug, roles: Roles }));

/** `command-1=check,notes command-2=check`: agents of the installation itself, and what their credentials are for. */
export function readBuiltInAgents(text = ''): z.infer<typeof Agents> {
  const agents = text
    .split(' ')
    .filter((part) => part !== '')
    .map((part) => {
      const [agentId, roles = ''] = part.split('=');
      return { agentId, roles: roles.split(',') };
    });
  const parsed = Agents.safeParse(agents);
  if (parsed.success) return parsed.data;
  throw new Error(`AGENCYOS_AGENTS must be like "command-1=check,notes command-2=check", not "${text}"`);
}

/** Admits them before anybody is answered, so that they need not wait; roles that have changed since are admitted anew. */
export async function admitBuiltInAgents(commands: Commands, text = process.env['AGENCYOS_AGENTS']): Promise<void> {
  for (const agent of readBuiltInAgents(text)) await commands.execute('AdmitAgent', agent);
}
