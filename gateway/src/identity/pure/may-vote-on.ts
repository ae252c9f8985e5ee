import { permissionsOf, type ApprovalRow, type UserRole } from '@agencyos/contracts';

type Asked = Pick<ApprovalRow, 'stages' | 'requester' | 'excluded' | 'votes'> & Partial<Pick<ApprovalRow, 'exclusions'>>;

/** Whether a stage asks for this person, nothing excludes them, and they have not voted: by what approvals decide it by. */
export function mayVoteOn(
  { stages, requester, excluded, exclusions = [], votes }: Asked,
  { userId, roles }: { userId: string; roles: readonly UserRole[] },
): boolean {
  const person = `user:${userId}`;
  if (requester === person || excluded.includes(person) || exclusions.some(({ principal }) => principal === person)) return false;
  if (votes.some(({ voter }) => voter === person) || !permissionsOf(roles).includes('approval:vote')) return false;
  return stages.some(({ of }) => of.includes(person) || roles.some((role) => of.includes(`role:${role}`)));
}
