import { describe, expect, it } from '@jest/globals';
import { policyCommands } from './policy-commands.js';

const rules = {
  kinds: ['publish'],
  targets: ['*'],
  risk: 'high',
  stages: [{ of: ['role:approver'], need: 1 }],
  alsoExclude: [],
  stepUp: 'none',
  expiresInMs: 60_000,
  validForMs: 60_000,
  escalation: [],
  fallback: [],
  breakGlass: [],
};
const parse = (more: object) =>
  policyCommands.types.PublishPolicy.data.safeParse({
    policyId: 'release',
    rules: { ...rules, ...more },
    digest: `sha256:${'a'.repeat(64)}`,
  });

describe('rules of a policy (fault 11)', () => {
  it.each(['totp', 'passkey'])('refuse %s, which nobody could satisfy, in a sentence', (stepUp) =>
    expect(parse({ stepUp }).error?.issues).toMatchObject([
      { path: ['rules', 'stepUp'], message: expect.stringContaining('must be none: nobody can prove themselves') },
    ]),
  );

  it('may exclude the starter of the run and owners of its agents', () => {
    expect(parse({ alsoExclude: ['agent_owner', 'run_starter'] }).success).toBe(true);
    expect(parse({ alsoExclude: ['somebody'] }).success).toBe(false);
  });
});
