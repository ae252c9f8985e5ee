import { ids, newId } from '@agencyos/contracts';
import type { Commands, EventStore, RuntimeConfig } from '@agencyos/runtime';
import { digestOf } from '@agencyos/runtime';
import { describe, expect, it } from '@jest/globals';
import { RELEASE_POLICY, seedPolicies } from './seed.js';

const installationId = newId();
const { policyId, rules } = RELEASE_POLICY;

/** What is sent where these facts are recorded already. */
async function seeded(...types: string[]): Promise<unknown[][]> {
  const executed: unknown[][] = [];
  const execute = async (...given: unknown[]) => void executed.push(given);
  async function* read(stream: string) {
    if (stream === 'policy-release') yield* types.map((type) => ({ type }));
  }
  await seedPolicies({
    commands: { execute } as unknown as Commands,
    store: { read } as unknown as EventStore,
    config: { installationId } as RuntimeConfig,
  });
  return executed;
}

const idOf = (what: string) => ({ id: ids.seed(installationId, `policy/release/${what}`) });
const publish = ['PublishPolicy', { policyId, rules, digest: digestOf(rules) }, idOf('publish')];
const activate = ['ActivatePolicy', { policyId, version: 1 }, idOf('activate')];

describe('the policy of a fresh installation', () => {
  it('is published and activated, under ids that every start makes the same', async () =>
    expect(await seeded()).toEqual([publish, activate]));

  it('goes on where a start was interrupted', async () => expect(await seeded('PolicyPublished')).toEqual([activate]));

  it('is left alone afterwards: it is the administrators’', async () =>
    expect(await seeded('PolicyPublished', 'PolicyActivated')).toEqual([]));

  it('asks one approver, for what cannot be taken back', () =>
    expect(rules).toMatchObject({
      kinds: ['publish', 'deploy', 'migration'],
      stages: [{ of: ['role:approver', 'role:admin'], need: 1 }],
      expiresInMs: 3_600_000,
      validForMs: 900_000,
    }));
});
