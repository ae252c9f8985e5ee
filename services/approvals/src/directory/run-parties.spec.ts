import { describe, expect, it } from '@jest/globals';
import type { Fact } from '@agencyos/contracts';
import { MemoryRows } from '@agencyos/runtime/testing';
import { rules } from '../approval/testing/approval-scenario.js';
import { exclusionsOf } from './exclusions.js';
import { runPartiesProjection } from './run-parties.view.js';

const runId = 'run';
const approvalId = 'gate';
type Told = [type: string, data: object, by?: Partial<Fact['metadata']>];
const admitted = (owner?: string): Told => ['AgentAdmitted', { agentId: 'writer', roles: [], ...(owner && { owner }) }];
const started = (by: Partial<Fact['metadata']>): Told => ['RunStarted', {}, by];
const leased = (leasedBy: string): Told => ['TaskLeased', { leasedBy }];
const reached: Told = ['GateReached', { approvalId }];

/** Whom a policy that excludes both finds after these facts. */
async function excluded(told: Told[], owner?: string, kind: 'run' | 'card' = 'run'): Promise<string[]> {
  const rows = new MemoryRows();
  for (const [type, data, metadata = { actor: 'system:setup' }] of told) {
    const fact = { type, data: { runId, ...data }, metadata } as unknown as Fact;
    await runPartiesProjection.project(fact, rows);
  }
  const request = { approvalId, origin: { kind, id: runId } } as Parameters<typeof exclusionsOf>[1];
  const policy = { ...rules, alsoExclude: ['run_starter' as const, 'agent_owner' as const] };
  const found = await exclusionsOf(policy, request, owner, rows);
  expect(await exclusionsOf(rules, request, owner, rows)).toEqual([]);
  return found.map(({ principal, as }) => `${as} ${principal}`);
}

describe('who is behind a run (fault 11)', () => {
  it('is who started it, or for whom, and the owner of an agent that did', async () => {
    expect(await excluded([started({ actor: 'user:a' }), reached])).toEqual(['run_starter user:a']);
    expect(await excluded([started({ actor: 'service:swarm', onBehalfOf: 'user:a' }), reached])).toEqual(['run_starter user:a']);
    expect(await excluded([admitted('user:o'), started({ actor: 'agent:writer' }), reached])).toEqual(['run_starter user:o']);
  });

  it('is whoever owned an agent when it worked on it', async () => {
    const facts = [admitted('user:o'), leased('agent:writer'), admitted('user:p'), reached];
    expect(await excluded(facts)).toEqual(['agent_owner user:o']);
    expect(await excluded([admitted(), leased('agent:writer'), leased('user:a'), reached])).toEqual([]);
  });

  it('is not known before its gate was read, and then waited for', () =>
    expect(excluded([started({ actor: 'user:a' })])).rejects.toMatchObject({ code: 'busy' }));

  it('is the owner of an agent that asks outside of a run', async () =>
    expect(await excluded([], 'user:o', 'card')).toEqual(['agent_owner user:o']));
});
