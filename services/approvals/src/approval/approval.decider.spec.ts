import { describe, it } from '@jest/globals';
import { text } from '@agencyos/contracts';
import { deciderSpec } from '@agencyos/testing/decider';
import { approvalDecider } from './approval.decider.js';
import {
  approvalId,
  approver,
  at,
  cast,
  digest,
  expire,
  expired,
  EXPIRES_MS,
  granted,
  host,
  id,
  origin,
  otherDigest,
  prepared,
  redeem,
  redeemed,
  request,
  requested,
  revoke,
  rules,
  swarm,
  VALID_MS,
  vote,
  withdraw,
} from './testing/approval-scenario.js';

const given = deciderSpec(approvalDecider);

const external = { kind: 'external', id: 'deploy-7' } as const;

describe('asking for an approval', () => {
  it('pins the policy by value', () => given().when(request(), swarm, prepared).then(requested()));

  it('may be shorter than the policy says, not longer', () => {
    given()
      .when(request({ expiresInMs: 5_000 }), swarm, prepared)
      .then(requested({ expiresAt: at(5_000) }));
    given()
      .when(request({ expiresInMs: 10 * EXPIRES_MS }), swarm, prepared)
      .then(requested());
  });

  it('excludes the owner of the agent that asks', () =>
    given()
      .when(
        request({ origin: external }),
        { actor: 'agent:writer', sender: 'agent_writer' },
        { ...prepared, owner: `user:${id('owner')}` },
      )
      .then(requested({ origin: external, requester: 'agent:writer', excluded: [`user:${id('owner')}`] })));

  it('pins whom the policy excludes, and why, whatever the request says (fault 11)', () => {
    const starter = { principal: `user:${id('starter')}`, as: 'run_starter' } as const;
    const owner = { principal: `user:${id('owner')}`, as: 'agent_owner' } as const;
    given()
      .when(request({ excluded: [] }), swarm, { ...prepared, exclusions: [starter, owner] })
      .then(requested({ excluded: [starter.principal, owner.principal], exclusions: [starter, owner] }));
  });

  it('is on behalf of a run, a repair or a drill only when their own service asks (fault 9)', () => {
    const agent = { actor: 'agent:writer', sender: 'agent_writer' };
    const person = approver();
    const healer = { actor: 'service:healer', sender: 'healer' };
    for (const by of [agent, person, healer])
      given().when(request(), by, prepared).thenRejected('forbidden', { field: 'origin.kind' });
    for (const kind of ['repair', 'incident', 'drill'] as const) {
      const repair = { kind, id: id('repair') };
      given()
        .when(request({ origin: repair }), healer, prepared)
        .then(requested({ origin: repair, requester: 'service:healer' }));
      given()
        .when(request({ origin: repair }), swarm, prepared)
        .thenRejected('forbidden', { field: 'origin.kind' });
    }
  });

  it('lets only services speak for others', () => {
    const agent = { actor: 'agent:writer', sender: 'agent_writer' };
    given()
      .when(request({ origin: external, requester: 'agent:other' }), agent, prepared)
      .thenRejected('forbidden', { field: 'requester' });
    given()
      .when(request({ origin: external, excluded: ['user:x'] }), agent, prepared)
      .thenRejected('forbidden', { field: 'excluded' });
    given()
      .when(request({ requester: 'agent:writer', excluded: ['user:x'] }), swarm, prepared)
      .then(requested({ requester: 'agent:writer', excluded: ['user:x'] }));
  });

  it('replaces the one that it names', () =>
    given()
      .when(request({ replacesId: id('before') }), swarm, prepared)
      .then(requested({ replacesId: id('before') })));

  it('excludes each once, whoever names them', () => {
    const owner = `user:${id('owner')}`;
    given()
      .when(request({ excluded: [owner, 'user:x'] }), swarm, {
        ...prepared,
        owner,
        exclusions: [{ principal: owner, as: 'agent_owner' as const }],
      })
      .then(requested({ excluded: [owner, 'user:x'], exclusions: [{ principal: owner, as: 'agent_owner' }] }));
  });

  it('is refused twice', () => given(requested()).when(request(), swarm).thenRejected('already_exists'));
});

describe('voting', () => {
  it('grants with enough approvals, for a limited time', () => {
    given(requested()).when(vote('approve'), approver()).then(cast('approve'), granted());
    const two = requested({ stages: [{ of: ['role:approver'], need: 2 }] });
    given(two).when(vote('approve'), approver()).then(cast('approve'));
    given(two, cast('approve', 'first'))
      .when(vote('approve'), approver('approver', 500))
      .then(cast('approve'), granted(VALID_MS + 500));
  });

  it('rejects with the first rejection', () =>
    given(requested({ stages: [{ of: ['role:approver'], need: 2 }] }), cast('approve', 'first'))
      .when(vote('reject', { reason: text('no') }), approver())
      .then(cast('reject', 'approver', { reason: 'no' }), {
        type: 'ApprovalRejected',
        data: { approvalId, origin, reason: text('no') },
      }));

  it('is refused to who asked or is excluded', () => {
    const { actor } = approver() as { actor: string };
    given(requested({ requester: actor }))
      .when(vote('approve'), approver())
      .thenRejected('self_approval');
    given(requested({ excluded: [actor] }))
      .when(vote('reject'), approver())
      .thenRejected('self_approval');
  });

  it.each([
    ['run_starter', 'you started the run'],
    ['agent_owner', 'you own an agent that worked on it or asked for it'],
  ] as const)('is refused to whom the policy excludes as %s, who is told why (fault 11)', (as, why) => {
    const principal = (approver() as { actor: string }).actor;
    const asked = requested({ excluded: [principal], exclusions: [{ principal, as }] });
    for (const choice of ['approve', 'reject'] as const)
      given(asked)
        .when(vote(choice), approver())
        .thenRejected('excluded', { detail: `The policy excludes you: ${why}. Somebody else has to decide.` });
    given(asked).when(vote('approve'), approver('other')).then(cast('approve', 'other'), granted());
  });

  it('is for the people of the stage only', () => {
    given(requested())
      .when(vote('approve'), { ...approver(), roles: ['operator'] })
      .thenRejected('not_eligible');
    given(requested())
      .when(vote('approve'), { actor: 'agent:writer', roles: ['approver'] })
      .thenRejected('not_eligible');
    given(requested())
      .when(vote('approve', { forUserId: id('boss') }), approver())
      .thenRejected('not_eligible');
    const named = requested({ stages: [{ of: [`user:${id('approver')}`], need: 1 }] });
    given(named)
      .when(vote('approve'), { ...approver(), roles: [] })
      .then(cast('approve'), granted());
  });

  it('is about the action that was read', () =>
    given(requested())
      .when(vote('approve', { actionDigest: otherDigest }), approver())
      .thenRejected('digest_mismatch', { present: digest }));

  it('needs the step-up that the policy asks for, proved and not claimed', () => {
    const strict = requested({ stepUp: 'totp' });
    given(strict)
      .when(vote('approve', { stepUp: 'totp' }), approver())
      .thenRejected('step_up_required');
    given(requested())
      .when(vote('approve', { stepUp: 'passkey' }), approver())
      .thenRejected('step_up_required');
    given(strict)
      .when(vote('approve', { stepUp: 'totp' }), { ...approver(), stepUp: 'passkey' })
      .then(cast('approve', 'approver', { stepUp: 'passkey' }), granted());
  });

  it('is recorded with its batch', () => {
    const batchId = id('batch');
    given(requested())
      .when(vote('approve', { batchId }), approver())
      .then(cast('approve', 'approver', { batchId }), granted());
  });

  it('counts once per person', () =>
    given(requested({ stages: [{ of: ['role:approver'], need: 2 }] }), cast('approve'))
      .when(vote('approve'), approver())
      .thenRejected('already_voted'));

  it('tells latecomers the outcome', () => {
    given(requested(), cast('approve', 'first'), granted())
      .when(vote('reject'), approver())
      .thenRejected('already_decided', { outcome: 'granted' });
    given(requested(), expired(false)).when(vote('approve'), approver()).thenRejected('already_decided', { outcome: 'expired' });
    given().when(vote('approve'), approver()).thenRejected('not_found');
  });

  it('counts up to the last instant, and is refused from then on although no timer has fired', () => {
    given(requested())
      .when(vote('reject'), approver('approver', EXPIRES_MS - 1))
      .then(cast('reject'), { type: 'ApprovalRejected', data: { approvalId, origin } });
    for (const late of [0, 1])
      given(requested())
        .when(vote('reject'), approver('approver', EXPIRES_MS + late))
        .thenRejected('expired', { since: at(EXPIRES_MS) });
  });
});

describe('redeeming', () => {
  const ready = [requested(), cast('approve'), granted()];

  it('works once', () => {
    given(...ready)
      .when(redeem(), swarm)
      .then(redeemed);
    given(...ready, redeemed)
      .when(redeem(), swarm)
      .thenRejected('already_redeemed');
  });

  it('needs a grant that is still valid, for the same action', () => {
    given(requested()).when(redeem(), swarm).thenRejected('not_granted');
    given(requested())
      .when(redeem(), { ...swarm, now: at(EXPIRES_MS) })
      .thenRejected('expired');
    given(...ready)
      .when(redeem(), { ...swarm, now: at(VALID_MS) })
      .thenRejected('expired');
    given(...ready)
      .when(redeem({ actionDigest: otherDigest }), swarm)
      .thenRejected('digest_mismatch');
    given(requested(), expired(false)).when(redeem(), swarm).thenRejected('already_decided', { outcome: 'expired' });
  });

  it('is valid up to the last instant', () => {
    given(...ready)
      .when(redeem(), { ...swarm, now: at(VALID_MS - 1) })
      .then(redeemed);
    given(requested())
      .when(redeem(), { ...swarm, now: at(EXPIRES_MS - 1) })
      .thenRejected('not_granted');
  });

  it('is for who asked, and for what it was asked for', () => {
    given(...ready)
      .when(redeem({ redeemer: 'service:healer' }), swarm)
      .thenRejected('redeemer_mismatch');
    given(...ready)
      .when(redeem(), { actor: 'agent:writer' })
      .thenRejected('redeemer_mismatch');
    given(...ready)
      .when(redeem({ usedBy: { kind: 'run', id: id('other run') } }), swarm)
      .thenRejected('redeemer_mismatch');
  });
});

describe('ending', () => {
  it('expires by time only, undecided or unused', () => {
    given(requested())
      .when(expire, { ...host, now: at(EXPIRES_MS - 1) })
      .thenRejected('not_due');
    given(requested())
      .when(expire, { ...host, now: at(EXPIRES_MS) })
      .then(expired(false));
    given(requested(), cast('approve'), granted())
      .when(expire, { ...host, now: at(VALID_MS - 1) })
      .thenRejected('not_due');
    given(requested(), cast('approve'), granted())
      .when(expire, { ...host, now: at(VALID_MS) })
      .then(expired(true));
    given(requested(), cast('approve'), granted(), redeemed)
      .when(expire, { ...host, now: at(EXPIRES_MS) })
      .then();
  });

  it('is withdrawn by who asked, until it is used', () => {
    const withdrawn = {
      type: 'ApprovalWithdrawn',
      data: { approvalId, origin, reason: text('not needed') },
    } as const;
    given(requested()).when(withdraw, swarm).then(withdrawn);
    given(requested(), withdrawn).when(withdraw, swarm).then();
    given(requested()).when(withdraw, approver()).thenRejected('forbidden');
    given(requested(), cast('approve'), granted(), redeemed).when(withdraw, swarm).thenRejected('already_redeemed');
    given(requested(), expired(false)).when(withdraw, swarm).thenRejected('already_decided');
  });

  it('is revoked by a person between grant and use', () => {
    given(requested()).when(revoke, approver()).thenRejected('not_granted');
    given(requested(), cast('approve'), granted())
      .when(revoke, approver())
      .then({ type: 'ApprovalRevoked', data: { approvalId, origin, reason: text('a fault was found') } });
    given(requested(), cast('approve'), granted(), redeemed).when(revoke, approver()).thenRejected('already_redeemed');
    const revoked = { type: 'ApprovalRevoked', data: { approvalId, origin, reason: text('a fault was found') } } as const;
    given(requested(), cast('approve'), granted(), revoked).when(revoke, approver()).then();
    given(requested(), cast('approve'), granted()).when(revoke, swarm).thenRejected('forbidden');
    given(requested(), expired(false)).when(revoke, approver()).thenRejected('already_decided', { outcome: 'expired' });
    given().when(revoke, approver()).thenRejected('not_found');
  });

  it('leaves one that has ended in any way to nobody', () => {
    const rejected = { type: 'ApprovalRejected', data: { approvalId, origin } } as const;
    given(requested(), rejected).when(vote('approve'), approver()).thenRejected('already_decided', { outcome: 'rejected' });
    given(requested(), rejected).when(redeem(), swarm).thenRejected('already_decided', { outcome: 'rejected' });
    given(requested(), rejected).when(withdraw, swarm).thenRejected('already_decided', { outcome: 'rejected' });
    given(requested(), rejected)
      .when(expire, { ...host, now: at(EXPIRES_MS) })
      .then();
    given().when(expire, host).thenRejected('not_found');
    given().when(withdraw, swarm).thenRejected('not_found');
    given().when(redeem(), swarm).thenRejected('not_found');
  });

  it('is withdrawn by the agent that asked, and by no other', () => {
    const own = requested({ requester: 'agent:writer' });
    const withdrawn = { type: 'ApprovalWithdrawn', data: { approvalId, origin, reason: text('not needed') } } as const;
    given(own).when(withdraw, { actor: 'agent:writer' }).then(withdrawn);
    given(own).when(withdraw, { actor: 'agent:other' }).thenRejected('forbidden');
    given(own, cast('approve'), granted()).when(withdraw, { actor: 'agent:writer' }).then(withdrawn);
  });

  it('keeps what the policy said when it was asked', () =>
    given(requested({ validForMs: 1_000, stages: rules.stages }))
      .when(vote('approve'), approver())
      .then(cast('approve'), granted(1_000)));
});
