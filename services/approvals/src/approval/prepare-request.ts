import { policyView } from '@agencyos/contracts';
import type { Views } from '@agencyos/runtime';
import { digestOf } from '@agencyos/runtime/digest';
import { knownUsers, ownerOf } from '../directory/directory.view.js';
import { exclusionsOf } from '../directory/exclusions.js';
import { requireApprovers } from '../directory/require-approvers.js';
import { selectPolicy } from '../policy/select-policy.js';
import { type Approval, digestMismatch, type Of } from './approval.js';
import { partiesOf, type PreparedRequest } from './request-approval.js';

/** Look-ups of a request: is the digest the action's, which policy judges it, and is there anybody who may decide? */
export async function prepareRequest(
  command: Of<'RequestApproval'>,
  approval: Approval,
  views: Pick<Views, 'of'>,
): Promise<PreparedRequest | undefined> {
  if (approval.requested) return undefined;
  const { action, actionDigest, policyId } = command.data;
  const digest = digestOf(action);
  if (digest !== actionDigest) throw digestMismatch(command, digest);
  const policies = (await views.of(policyView, 'all').list('policy')).map(([, policy]) => policy);
  const policy = selectPolicy(command, policies, action, policyId);
  const owner = await ownerOf(views, command.data.requester ?? command.metadata.actor);
  const exclusions = await exclusionsOf(policy.rules, command.data, owner, views);
  const { requester, excluded } = partiesOf(command, owner, exclusions);
  requireApprovers(command, policy.rules, await knownUsers(views), [requester, ...excluded]);
  return { ...policy, owner, exclusions };
}
