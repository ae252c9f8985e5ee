import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONTENT_BYTES_A_DAY } from '../src/content/content-quota.js';
import { LoginThrottle } from '../src/identity/login-throttle.js';
import { hashSecret } from '../src/identity/secrets.js';
import { startHarness, type Harness } from './harness.js';

let harness: Harness;
beforeAll(async () => void (harness = await startHarness()));
afterAll(() => harness?.stop());

const sql = (text: string, values: unknown[] = []) =>
  harness.service.runtime.database.query(text, values) as Promise<Record<string, unknown>[]>;

describe('what an agent stores in a day (fault 16)', () => {
  const put = async (token: string, text: string, url = harness.url) => {
    const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    const response = await fetch(`${url}/api/v1/content/${digest}`, {
      ...{ method: 'PUT', body: text, headers: { authorization: `Bearer ${token}` } },
    });
    return { status: response.status, ...((await response.json()) as { code?: string; retryAfterMs?: number }) };
  };
  const agentToken = async () => (await readFile(join(harness.dataDir, 'agents/command-1.token'), 'utf8')).trim();
  /** As if the agent had stored so much today, or `daysAgo`. */
  const stored = (bytes: number, daysAgo = 0) =>
    sql(
      `INSERT INTO content_quota VALUES ('agent:command-1', (clock_timestamp() AT TIME ZONE 'UTC')::date - $2::int, $1)
       ON CONFLICT (principal) DO UPDATE SET day = excluded.day, bytes = excluded.bytes`,
      [bytes, daysAgo],
    );

  it('is counted over a restart, and by all gateways together', async () => {
    const token = await agentToken();
    await stored(CONTENT_BYTES_A_DAY - 10);
    expect((await put(token, 'fourA')).status).toBe(200);
    await harness.restart();
    const other = await harness.another();
    try {
      expect((await put(token, 'fourB', other.url)).status).toBe(200);
      for (const url of [harness.url, other.url]) {
        const refused = await put(token, '1', url);
        expect(refused).toMatchObject({ status: 429, code: 'quota_exceeded' });
        expect(refused.retryAfterMs).toBeGreaterThan(0);
        expect(refused.retryAfterMs).toBeLessThanOrEqual(86_400_000);
      }
    } finally {
      await other.stop();
    }
    expect((await put(harness.cliToken, 'people store as they need')).status).toBe(200);
  });

  it('begins anew with the day, and never exceeds it however much is asked for at once', async () => {
    const token = await agentToken();
    await stored(CONTENT_BYTES_A_DAY, 1);
    expect((await put(token, 'next day')).status).toBe(200);
    await stored(CONTENT_BYTES_A_DAY - 5);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => put(token, String.fromCharCode(97 + n))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(await sql('SELECT bytes FROM content_quota')).toEqual([{ bytes: String(CONTENT_BYTES_A_DAY) }]);
  });
});

describe('failed sign-ins (fault 16)', () => {
  const throttle = () => harness.service.app.get(LoginThrottle);
  const refused = (act: Promise<void>): Promise<number> =>
    act.then(
      () => 0,
      (error: { details: { retryAfterMs: number } }) => error.details.retryAfterMs,
    );
  /** As if so much time had passed. */
  const pass = (seconds: number) =>
    sql(
      `UPDATE failed_login SET blocked_until = blocked_until - make_interval(secs => $1),
         last_at = last_at - make_interval(secs => $1)`,
      [seconds],
    );
  const close = (waitMs: number, wanted: number) => {
    expect(waitMs).toBeGreaterThan(wanted / 2);
    expect(waitMs).toBeLessThanOrEqual(wanted);
  };

  it('cost nothing at first, then twice as long each time, in every gateway and after a restart', async () => {
    for (let n = 0; n < 5; n++) await throttle().attempt('admin a');
    await pass(1);
    await throttle().attempt('admin a');
    await pass(2);
    await throttle().attempt('admin a');
    await pass(4);
    for (let n = 8; n <= 10; n++) {
      await throttle().attempt('admin a');
      await pass(2 ** (n - 5));
    }
    await throttle().attempt('admin a');
    await harness.restart();
    close(await refused(throttle().attempt('admin a')), 64_000);
    close(await refused(throttle().admit('admin a')), 64_000);
    const other = await harness.another();
    try {
      close(await refused(other.service.app.get(LoginThrottle).attempt('admin a')), 64_000);
    } finally {
      await other.stop();
    }
    expect(await refused(throttle().attempt('admin b'))).toBe(0);
    await sql(`UPDATE failed_login SET failures = 1000000, blocked_until = now()`);
    await throttle().attempt('admin a');
    close(await refused(throttle().admit('admin a')), 15 * 60_000);
  });

  it('may be more where many people share an address, and successes do not count', async () => {
    for (let n = 0; n < 20; n++) {
      await throttle().attempt('address', 10);
      await throttle().takeBack('address');
    }
    for (let n = 0; n < 10; n++) await throttle().attempt('address', 10);
    expect(await refused(throttle().admit('address'))).toBe(0);
    await throttle().attempt('address', 10);
    close(await refused(throttle().admit('address')), 1_000);
  });

  it('are forgotten after a success, and after an hour', async () => {
    for (let n = 0; n < 4; n++) await throttle().attempt('c');
    await throttle().succeeded('c');
    await throttle().attempt('c');
    expect(await refused(throttle().admit('c'))).toBe(0);
    await sql('UPDATE failed_login SET failures = 9 WHERE hash = $1', [hashSecret('c')]);
    await pass(3_601);
    await throttle().attempt('c');
    expect(await refused(throttle().admit('c'))).toBe(0);
  });

  it('of many at once, one gets through', async () => {
    await throttle().attempt('d');
    await sql('UPDATE failed_login SET failures = 13 WHERE hash = $1', [hashSecret('d')]);
    const answers = await Promise.all(Array.from({ length: 30 }, () => refused(throttle().attempt('d'))));
    expect(answers.filter((waitMs) => waitMs === 0)).toHaveLength(1);
  });

  it('leave rows that are bounded, and no word of what was typed', async () => {
    await sql(`INSERT INTO failed_login SELECT sha256(n::text::bytea), 1, now(), now() - interval '1 minute'
      FROM generate_series(1, 10050) AS n`);
    await sql(`INSERT INTO failed_login VALUES ('\\x00', 1, now(), now() - interval '2 hours')`);
    await throttle().tidy();
    expect(await sql('SELECT count(*)::int AS n FROM failed_login')).toEqual([{ n: 10_000 }]);
    expect(await sql(`SELECT 1 FROM failed_login WHERE last_at < now() - interval '1 hour'`)).toEqual([]);
    const columns = await sql(`SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'failed_login'`);
    expect(columns.map(({ name }) => name).sort()).toEqual(['blocked_until', 'failures', 'hash', 'last_at']);
  });
});
