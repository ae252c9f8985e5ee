import type { Exclusion, PolicyRules } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import type { Views } from '@agencyos/runtime';
import type { Of } from '../approval/approval.js';
import { partiesBehind } from './run-parties.view.js';

/**
 * Whom the policy excludes beside the requester, from what the log tells and never from what the request says.
 * @throws Rejection `busy` while the run has not been read up to its gate
 */
export async function exclusionsOf(
  { alsoExclude }: PolicyRules,
  { approvalId, origin }: Of<'RequestApproval'>['data'],
  owner: string | undefined,
  views: Pick<Views, 'of'>,
): Promise<Exclusion[]> {
  if (alsoExclude.length === 0) return [];
  const found: Exclusion[] = owner === undefined ? [] : [{ principal: owner, as: 'agent_owner' }];
  if (origin.kind === 'run') {
    const parties = await partiesBehind(views, origin.id, approvalId);
    if (!parties) throw new Rejection('busy', { detail: 'The run has not been read up to this gate yet. Try again.' });
    found.push(...parties.filter(({ principal, as }) => as !== 'agent_owner' || principal !== owner));
  }
  return found.filter(({ as }) => alsoExclude.includes(as));
}
