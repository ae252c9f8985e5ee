import { permissionsOf, type PolicyRules } from '@agencyos/contracts';
import { type Refusable, Rejection, rejection } from '@agencyos/decider';
import type { KnownUser } from './directory.view.js';

/**
 * A request that nobody may decide is refused at once, instead of waiting for its expiry.
 * @throws Rejection `no_eligible_approver`; `busy` while no user is known at all, for an installation always has one
 */
export function requireApprovers(
  command: Refusable<'no_eligible_approver'>,
  { stages }: PolicyRules,
  users: readonly KnownUser[],
  excluded: readonly string[],
): void {
  if (users.length === 0) throw new Rejection('busy', { detail: 'The directory has not been read yet. Try again.' });
  for (const [index, { of, need }] of stages.entries()) {
    const eligible = users.filter(
      ({ userId, roles }) =>
        !excluded.includes(`user:${userId}`) &&
        permissionsOf(roles).includes('approval:vote') &&
        (of.includes(`user:${userId}`) || roles.some((role) => of.includes(`role:${role}`))),
    );
    if (eligible.length >= need) continue;
    const detail = `Stage ${index + 1} needs ${need} of ${of.join(', ')}, and ${eligible.length} may vote.`;
    throw rejection(command, 'no_eligible_approver', { stage: index + 1, need, detail });
  }
}
