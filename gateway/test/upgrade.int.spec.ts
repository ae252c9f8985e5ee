import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { subjects, type UpgradeState } from '@agencyos/contracts';
import type { NatsConnection } from '@nats-io/transport-node';
import { startHarness, type Harness } from './harness.js';

const state: UpgradeState = { written: 1, readByAll: 1, readers: [], silent: ['relay'] };
let harness: Harness;
/** In place of the real one, whose answers `services/healer/test/upgrade.int.spec.ts` shows. */
let healer: NatsConnection;
let asked: [subject: string, body: unknown][];

beforeAll(async () => {
  harness = await startHarness();
  healer = await harness.connectAs('healer');
  asked = [];
  healer.subscribe(subjects.query('healer', '*', 'gateway'), {
    callback(_, message) {
      const query = message.subject.split('.')[3];
      if (query !== 'upgrade' && query !== 'upgrade-finish') return void message.respond('{}');
      asked.push([message.subject, message.json()]);
      const problem = {
        type: '',
        title: 'Conflict',
        status: 409,
        code: 'not_read_by_all',
        detail: 'Not yet: nobody of relay is heard.',
      };
      message.respond(JSON.stringify(query === 'upgrade' ? state : { problem }));
    },
  });
  await healer.flush();
});
afterAll(() => harness?.stop());

describe('an upgrade', () => {
  it('is told of to whoever may read how things are', async () => {
    const answer = await harness.call('GET', '/api/v1/upgrade', { token: harness.cliToken });
    expect([answer.status, await answer.json()]).toEqual([200, state]);
    expect((await harness.call('GET', '/api/v1/upgrade')).status).toBe(401);
  });

  it('is finished in the name of who asks for it, or refused with what it waits for', async () => {
    const answer = await harness.call('POST', '/api/v1/upgrade/finish', { token: harness.ownerToken, body: {} });
    expect([answer.status, await answer.json()]).toMatchObject([
      409,
      { code: 'not_read_by_all', detail: expect.stringContaining('nobody of relay') },
    ]);
    expect(asked.at(-1)).toEqual(['agencyos.qry.healer.upgrade-finish.gateway', { by: expect.stringMatching(/^user:/) }]);
  });

  it('is not for who only operates', async () => {
    const before = asked.length;
    const user = { name: 'otto', password: 'correct horse battery', roles: ['operator'] };
    await harness.command('users', user);
    const login = await harness.call('POST', '/api/v1/login/token', { body: { name: user.name, password: user.password } });
    const { token } = (await login.json()) as { token: string };
    expect((await harness.call('POST', '/api/v1/upgrade/finish', { token, body: {} })).status).toBe(403);
    expect(asked).toHaveLength(before);
  });

  it('is not known while the healer is away', async () => {
    await healer.close();
    const answer = await harness.call('GET', '/api/v1/upgrade', { token: harness.cliToken });
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'busy', detail: 'The healer does not answer.' }]);
  });
});
