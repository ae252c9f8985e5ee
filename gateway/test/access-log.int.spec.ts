import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ids } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { AccessLog } from '../src/identity/access-log.js';
import { startHarness, type Harness } from './harness.js';

const PASSWORD = 'correct horse battery';
let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  const body = { token: harness.setupSecret, password: PASSWORD };
  await harness.call('POST', '/api/v1/setup', { body });
});
afterAll(() => harness?.stop());

interface Row {
  actor: string;
  what: string;
  outcome: string;
  subject: string;
}
const rows = async (what: string) => {
  await harness.service.app.get(AccessLog).flush();
  return (await harness.service.runtime.database.query(
    'SELECT actor, what, outcome, subject FROM access_log WHERE what = $1 ORDER BY id',
    [what],
  )) as Row[];
};
const owner = () => `user:${ids.seed(harness.service.runtime.config.installationId, 'owner')}`;

describe('what leaves no event (fault 13)', () => {
  it('a refusal at the gateway has a row with the person', async () => {
    await harness.call('POST', '/api/v1/approvals/VoteOnApproval', {
      token: harness.cliToken,
      body: {},
      headers: { 'idempotency-key': '01900000-0000-7000-8000-000000000001' },
    });
    // It may be on its way already.
    await until(async () =>
      (await rows('refused')).find(
        ({ actor, outcome, subject }) =>
          actor === owner() && outcome === 'forbidden' && subject === 'POST /api/v1/approvals/VoteOnApproval',
      ),
    );
  });

  it('a log-in has one, whether it succeeds, fails or has to wait', async () => {
    const logIn = (name: string, password: string) => harness.call('POST', '/api/v1/login', { body: { name, password } });
    await logIn('admin', PASSWORD);
    await until(async () => (await logIn('someone', 'wrong')).status === 429);
    const found = await until(async () => {
      const all = await rows('login');
      return all.some(({ outcome }) => outcome === 'too_many_attempts') ? all : undefined;
    });
    expect(found).toContainEqual({ actor: owner(), what: 'login', outcome: 'ok', subject: 'admin' });
    for (const outcome of ['unauthenticated', 'too_many_attempts'])
      expect(found).toContainEqual({ actor: 'unknown', what: 'login', outcome, subject: 'someone' });
  });

  it('a token has one for its first use of the day', async () => {
    for (let n = 0; n < 3; n++) await harness.call('GET', '/api/v1/me', { token: harness.cliToken });
    const found = await until(async () => {
      const own = (await rows('token')).filter(({ actor }) => actor === owner());
      return own.length > 0 ? own : undefined;
    });
    expect(new Set(found.map(({ subject }) => subject)).size).toBe(found.length);
  });

  it('a row that cannot be stored takes no other with it', async () => {
    const log = harness.service.app.get(AccessLog);
    const row = {
      actor: owner(),
      what: 'refused',
      subject: 'GET /x',
      address: '',
      correlationId: '',
    } as const;
    log.record({ ...row, outcome: 'before' });
    log.record({ ...row, outcome: null as unknown as string });
    log.record({ ...row, outcome: 'a\u0000fter' });
    await until(async () => {
      const outcomes = (await rows('refused')).map(({ outcome }) => outcome);
      const cleaned = outcomes.some((outcome) => outcome.startsWith('a') && outcome.endsWith('fter'));
      return cleaned && outcomes.includes('before');
    });
  });
});
