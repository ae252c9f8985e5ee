import { describe, expect, it } from '@jest/globals';
import { type PolicyEvent, type PolicyRow, policyCommands } from '@agencyos/contracts';
import { isRejection } from '@agencyos/decider';
import { deciderSpec } from '@agencyos/testing/decider';
import { digest, otherDigest, rules } from '../approval/testing/approval-scenario.js';
import { requireApprovers } from '../directory/require-approvers.js';
import { RELEASE_POLICY } from '../seed.js';
import { policyDecider } from './policy.decider.js';
import { matches, selectPolicy } from './select-policy.js';

const given = deciderSpec(policyDecider);
const asked = { type: 'RequestApproval' } as const;
const policyId = 'release';
const publish = {
  type: 'PublishPolicy',
  data: { policyId, rules: { ...rules, stepUp: 'none' }, digest },
} as const;
const published = (version: number, of = digest): PolicyEvent => ({
  type: 'PolicyPublished',
  data: { policyId, rules, digest: of, version },
});
const codeOf = (act: () => unknown): string | undefined => {
  try {
    act();
  } catch (error) {
    if (isRejection(error)) return error.code;
    throw error;
  }
  return undefined;
};

describe('a policy', () => {
  it('has immutable versions; the same rules make none', () => {
    given().when(publish, {}, digest).then(published(1));
    given(published(1)).when(publish, {}, digest).then();
    given(published(1, otherDigest)).when(publish, {}, digest).then(published(2));
  });

  it('is refused under a digest that is not its rules’, or without people', () => {
    given().when(publish, {}, otherDigest).thenRejected('invalid', { field: 'digest', present: otherDigest });
    const nobody = { ...publish.data.rules, stages: [{ of: ['agent:writer'], need: 1 }] };
    given()
      .when({ ...publish, data: { ...publish.data, rules: nobody } }, {}, digest)
      .thenRejected('no_eligible_approver', { field: 'rules.stages.0.of' });
    const second = { ...nobody, stages: [{ of: ['user:a', 'agent:writer'], need: 1 }, ...nobody.stages] };
    given()
      .when({ ...publish, data: { ...publish.data, rules: second } }, {}, digest)
      .thenRejected('no_eligible_approver', { field: 'rules.stages.1.of' });
    const mixed = { ...nobody, stages: [{ of: ['agent:writer', 'role:approver'], need: 1 }] };
    given()
      .when({ ...publish, data: { ...publish.data, rules: mixed } }, {}, digest)
      .then({ type: 'PolicyPublished', data: { ...publish.data, rules: mixed, version: 1 } });
  });

  it('has one active version', () => {
    const activate = { type: 'ActivatePolicy', data: { policyId, version: 2 } } as const;
    given(published(1)).when(activate).thenRejected('not_found', { field: 'version', detail: 'The policy has 1 versions.' });
    given(published(1), published(2, otherDigest)).when(activate).then({ type: 'PolicyActivated', data: activate.data });
    given(published(1), published(2, otherDigest), { type: 'PolicyActivated', data: activate.data }).when(activate).then();
  });

  it('is seeded as the commands accept it', () =>
    expect(policyCommands.types.PublishPolicy.data.safeParse({ ...RELEASE_POLICY, digest }).success).toBe(true));
});

describe('choosing a policy', () => {
  const row = (id: string, more: Partial<PolicyRow> = {}): PolicyRow => ({
    policyId: id,
    version: 1,
    active: 1,
    rules,
    ...more,
  });
  const action = { kind: 'publish', target: 'git:notes', parameters: { value: {} }, artifacts: [] };

  it('takes the strictest active one that covers the action', () => {
    const rows = [
      row('lax', { rules: { ...rules, risk: 'low' } }),
      row('strict'),
      row('elsewhere', { rules: { ...rules, targets: ['k8s:*'], risk: 'critical' } }),
    ];
    expect(selectPolicy(asked, rows, action).policyId).toBe('strict');
    expect(selectPolicy(asked, rows, action, 'lax').policyId).toBe('lax');
  });

  it('takes the first by name of those that are as strict', () =>
    expect(selectPolicy(asked, [row('b'), row('a'), row('c')], action).policyId).toBe('a'));

  it('needs one of its targets to be the one', () =>
    expect(selectPolicy(asked, [row('many', { rules: { ...rules, targets: ['k8s:*', 'git:*'] } })], action).policyId).toBe(
      'many',
    ));

  it('says what nothing covers, and where to look', () => {
    const told = (policyId?: string) => {
      try {
        return selectPolicy(asked, [], action, policyId);
      } catch (error) {
        return (error as { details: object }).details;
      }
    };
    expect(told()).toMatchObject({ field: 'action.kind', detail: 'No active policy covers publish of git:notes.' });
    expect(told('release')).toMatchObject({
      field: 'policyId',
      detail: 'The policy release is not active or not made for it: nothing covers publish of git:notes.',
    });
  });

  it('judges by the active version, not the latest', () => {
    const lax = { ...rules, stages: [{ of: ['role:viewer'], need: 1 }] };
    expect(selectPolicy(asked, [row('release', { version: 2, rules: lax, activeRules: rules })], action)).toEqual({
      policyId: 'release',
      version: 1,
      rules,
    });
  });

  it('allows nothing that no active policy covers', () => {
    expect(codeOf(() => selectPolicy(asked, [row('release', { active: 0 })], action))).toBe('no_policy');
    expect(codeOf(() => selectPolicy(asked, [row('release')], { ...action, kind: 'destroy' }))).toBe('no_policy');
    expect(codeOf(() => selectPolicy(asked, [row('release')], action, 'other'))).toBe('no_policy');
    expect(
      codeOf(() => selectPolicy(asked, [row('release', { rules: { ...rules, targets: ['git:main'] } })], action, 'release')),
    ).toBe('no_policy');
  });

  it.each([
    ['*', 'anything', true],
    ['git:main', 'git:main', true],
    ['git:main', 'git:main2', false],
    ['git:*', 'git:', true],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['aba*aba', 'aba', false],
    ['*.example', 'x.example', true],
    ['x.*', 'xy', false],
    ['*a*', 'a', true],
    ['*a*', 'ab', true],
    ['a*b*', 'xab', false],
    ['*aa*a', 'aa', false],
    ['', '', true],
    ['', 'a', false],
    ['a*x*c', 'a-c', false],
    ['a*x*c', 'a-x-c', true],
  ])('%s covers %s: %s', (pattern, target, expected) => expect(matches(pattern, target)).toBe(expected));
});

describe('people who may decide', () => {
  const users = [
    { userId: 'a', roles: ['approver' as const] },
    { userId: 'b', roles: ['operator' as const] },
  ];
  it('must be enough, without who is excluded', () => {
    expect(codeOf(() => requireApprovers(asked, rules, users, []))).toBeUndefined();
    expect(codeOf(() => requireApprovers(asked, rules, users, ['user:a']))).toBe('no_eligible_approver');
    expect(codeOf(() => requireApprovers(asked, { ...rules, stages: [{ of: ['role:approver'], need: 2 }] }, users, []))).toBe(
      'no_eligible_approver',
    );
    expect(
      codeOf(() => requireApprovers(asked, { ...rules, stages: [{ of: ['role:operator', 'user:b'], need: 1 }] }, users, [])),
    ).toBe('no_eligible_approver');
  });
  it('are waited for while none is known at all', () =>
    expect(codeOf(() => requireApprovers(asked, rules, [], []))).toBe('busy'));
});
