import { describe, expect, it, jest } from '@jest/globals';
import { definitionOf } from '../testing/sample-workflow.js';
import { gatesOf } from '../kinds/gate/gates-of.js';
import { GatePolicies } from './gate-policies.js';

const gated = (action: object, policy?: string) =>
  gatesOf(
    definitionOf(
      JSON.stringify({
        workflow: 'w',
        title: 'W',
        tasks: [{ id: 'ask', gate: { action: { target: 't', ...action }, ...(policy && { policy }) } }],
      }),
    ),
  );
const missing = async (...gate: Parameters<typeof gated>) => (await policies.missing(gated(...gate))).map(({ why }) => why);
const release = { policyId: 'release', version: 2, active: 2, rules: { kinds: ['publish'] } };
const earlier = { policyId: 'old', version: 2, active: 1, rules: { kinds: [] }, activeRules: { kinds: ['drop'] } };
const idle = { policyId: 'idle', version: 1, active: 0, rules: { kinds: ['deploy'] } };
const answering = (request: () => Promise<unknown>) => new GatePolicies({ request: request as never }, 0);
const policies = answering(() =>
  Promise.resolve({ rows: { 'policy/release': release, 'policy/old': earlier, 'policy/idle': idle } }),
);

describe('gates without a policy (fault 25)', () => {
  it('are those that no active policy covers, or not the one that they name', async () => {
    expect(await missing({ kind: 'publish' })).toEqual([]);
    expect(await missing({ kind: 'publish' }, 'release')).toEqual([]);
    expect(await missing({ kind: 'drop' })).toEqual([]);
    expect(await missing({ kind: 'deploy' })).toEqual([
      'no active policy covers "deploy", the action of the gate "ask": nobody could approve it',
    ]);
    expect(await missing({ kind: 'drop' }, 'release')).toEqual([
      'the policy "release" of the gate "ask" does not cover "drop": nobody could approve it',
    ]);
    expect(await missing({ kind: 'publish' }, 'absent')).toEqual([
      'the policy "absent" of the gate "ask" is not there or not active: nobody could approve it',
    ]);
  });

  it('are waited for: what was activated just now is seen', async () => {
    let asked = 0;
    const late = new GatePolicies(
      { request: (() => Promise.resolve({ rows: ++asked > 2 ? { 'policy/release': release } : {} })) as never },
      60_000,
    );
    expect(await late.missing(gated({ kind: 'publish' }))).toEqual([]);
  });

  it('are those that no page of the policies covers', async () => {
    const asked: unknown[][] = [];
    const request = async (...given: unknown[]) => {
      asked.push(given);
      return asked.length === 1
        ? { rows: { 'policy/old': earlier }, next: 'policy/old' }
        : { rows: { 'policy/release': release } };
    };
    const paged = new GatePolicies({ request: request as never }, 0);
    expect(await paged.missing(gated({ kind: 'publish' }))).toEqual([]);
    expect(asked).toEqual([
      ['agencyos.qry.approvals.policy.swarm', { id: 'all' }, 2_000],
      ['agencyos.qry.approvals.policy.swarm', { id: 'all', after: 'policy/old' }, 2_000],
    ]);
  });

  it('are looked for where there are gates, and only there', async () => {
    const never = answering(() => Promise.reject(new Error('asked')));
    expect(await never.missing([])).toEqual([]);
    const task = { id: 'work', role: 'r' };
    const gate = { id: 'ask', gate: { action: { target: 't', kind: 'drop' }, policy: 'old' } };
    const definition = definitionOf(JSON.stringify({ workflow: 'w', title: 'W', tasks: [task, gate] }));
    expect(gatesOf(definition)).toEqual([{ name: '"ask"', kind: 'drop', policyId: 'old' }]);
    expect(gated({ kind: 'drop' })).toEqual([{ name: '"ask"', kind: 'drop' }]);
    const [one] = await policies.missing(gated({ kind: 'deploy' }));
    expect(one!.gate).toEqual({ name: '"ask"', kind: 'deploy' });
  });

  it('are told after a while, asked for anew every tenth of a second', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    let asked = 0;
    const slow = new GatePolicies({ request: (async () => (asked++, { rows: {} })) as never }, 250);
    const found = slow.missing(gated({ kind: 'publish' }));
    await jest.advanceTimersByTimeAsync(250);
    expect(asked).toBe(3);
    await jest.advanceTimersByTimeAsync(50);
    expect(await found).toHaveLength(1);
    expect(asked).toBe(4);
    jest.useRealTimers();
  });

  it('stop nobody while approvals is away', async () => {
    expect(await answering(() => Promise.reject(new Error('away'))).missing(gated({ kind: 'x' }))).toEqual([]);
    const busy = answering(() => Promise.resolve({ problem: { title: 'busy' } }));
    expect(await busy.missing(gated({ kind: 'x' }))).toEqual([]);
  });
});
