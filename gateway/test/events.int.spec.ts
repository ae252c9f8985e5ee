import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ids, newId, subjects, type EventsPage } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { startHarness, type Harness } from './harness.js';

let harness: Harness;
let folder: string;
let program: ChildProcess | undefined;
beforeAll(async () => {
  harness = await startHarness();
  folder = await mkdtemp(join(tmpdir(), 'agencyos-subscriber-'));
});
afterAll(async () => {
  program?.kill('SIGKILL');
  await harness?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Facts of a stream of their own. @returns their ids */
async function append(count: number): Promise<string[]> {
  const stream = `policy-${newId()}`;
  const all: string[] = [];
  for (let revision = -1; all.length < count;) {
    const commandId = newId();
    const events = Array.from({ length: Math.min(100, count - all.length) }, (_, n) => ({
      id: ids.event(commandId, stream, n),
      ...{ type: 'PolicyActivated', schema: 1, data: { policyId: 'x', version: 1 } },
      metadata: {
        ...{ commandId, commandDigest: 'sha256:x', correlationId: commandId, causationId: commandId },
        ...{ actor: 'service:approvals', depth: 0, recordedAt: '2026-01-01T00:00:00.000Z' },
      },
    }));
    const commands = [{ commandId, principal: 'service:approvals', digest: 'sha256:x', revision: revision + events.length }];
    const appended = { stream, expectedRevision: revision, events, commands };
    expect(await harness.service.runtime.recorded.append(appended)).toMatchObject({ status: 'appended' });
    revision += events.length;
    all.push(...events.map(({ id }) => id));
  }
  return all;
}

const read = async (query: Record<string, string>, token = harness.cliToken) => {
  const response = await harness.call('GET', `/api/v1/events?${new URLSearchParams(query).toString()}`, { token });
  return { status: response.status, ...((await response.json()) as EventsPage & { code?: string; field?: string }) };
};

describe('facts of the past (fault 7)', () => {
  it('are read in pages, as NATS publishes them, by whoever may see what their context shows', async () => {
    const recorded = await append(1_200);
    const seen: string[] = [];
    let after = '0';
    for (let more = true; more;) {
      const page = await read({ context: 'approvals', after });
      expect(page.status).toBe(200);
      expect(page.events.length).toBeLessThanOrEqual(500);
      seen.push(...page.events.map(({ id }) => id as string));
      ({ more, position: after } = page);
    }
    expect(seen).toEqual(recorded);
    const [first] = (await read({ context: 'approvals' })).events;
    expect(first).toMatchObject({ specversion: '1.0', type: 'agencyos.approvals.PolicyActivated', streamrevision: 0 });
    expect(await read({ context: 'approvals', after })).toMatchObject({ events: [], more: false });
    expect((await read({ context: 'kanban' })).events).toEqual([]);
  });

  it('are refused to who may not, and where the place is none', async () => {
    expect(await read({ context: 'identity' })).toMatchObject({ status: 403 }); // the command line's token
    expect((await read({ context: 'identity' }, harness.ownerToken)).events.length).toBeGreaterThan(0);
    const agent = (await readFile(join(harness.dataDir, 'agents/command-1.token'), 'utf8')).trim();
    expect(await read({ context: 'approvals' }, agent)).toMatchObject({ status: 403 });
    expect(await read({ context: 'others' })).toMatchObject({ status: 422, field: 'context' });
    expect(await read({ context: 'approvals', after: 'x' })).toMatchObject({ status: 422, field: 'after' });
    expect(await read({ context: 'approvals', after: '999999999999' })).toMatchObject({ status: 422, field: 'after' });
    expect((await harness.call('GET', '/api/v1/events?context=approvals')).status).toBe(401);
  });

  it('and of the present reach the example of a subscriber once each, also over its absence', async () => {
    const relay = await harness.connectAs('relay');
    /** As whoever runs it: again when it gave up, and it goes on where it was. */
    const start = (lines: string[] = []) => {
      program = spawn(process.execPath, [join(import.meta.dirname, '../../examples/subscriber/listen.mjs')], {
        env: {
          PATH: process.env['PATH'],
          NATS_URL: harness.servers.natsUrl,
          NKEY_FILE: harness.servers.nkeyFile('test'),
          AGENCYOS_URL: harness.url,
          AGENCYOS_TOKEN: harness.cliToken,
          POSITION_FILE: join(folder, 'position'),
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      createInterface(program.stdout!).on('line', (line) => lines.push(line));
      program.once('exit', (code) => code === 1 && start(lines));
      return lines;
    };
    const end = async () => {
      const ended = new Promise((resolve) => program!.once('exit', resolve));
      program!.kill('SIGKILL');
      await ended;
    };
    const has = (lines: string[], count: number) => until(() => lines.length >= count, Boolean, `${count} facts`);
    const before = start();
    await has(before, 1_200);
    await append(1);
    const page = await read({ context: 'approvals', after: before.at(-1)!.split(' ')[0]! });
    const [live] = page.events;
    for (let times = 0; times < 2; times++)
      relay.publish(subjects.event('approvals', 'policy', 'PolicyActivated', newId()), JSON.stringify(live));
    await has(before, 1_201);
    const position = String(live!['position']);
    await until(async () => (await readFile(join(folder, 'position'), 'utf8')) === position);
    await end();
    await append(3);
    // The last of them is heard all the time, also before the program has read those that it missed.
    const missed = (await read({ context: 'approvals', after: page.position })).events;
    const last = JSON.stringify(missed.at(-1));
    const heard = setInterval(() => relay.publish(subjects.event('approvals', 'policy', 'PolicyActivated', newId()), last), 1);
    const after = start();
    await has(after, 3).finally(() => clearInterval(heard));
    await end();
    expect(new Set([...before, ...after]).size).toBe(before.length + after.length);
    expect(before.length + after.length).toBe(1_204);
  });
});
