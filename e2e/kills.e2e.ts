import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import type { Api } from './support/api.js';
import { exportedLog, notExactlyOnce, repeated } from './support/exported-log.js';
import { Kills } from './support/kills.js';
import { generateRepository } from './support/repository.js';
import { System } from './support/system.js';

// Every other process, NATS without its store and a worker with its command: kills.long.ts.

let repository: string;
let system: System;
let api: Api;
let kills: Kills;

beforeAll(async () => {
  repository = await generateRepository({ breaking: false });
  system = await System.start({ repository });
  api = await system.api();
  kills = await Kills.prepare(system, api, repository);
});

afterAll(async () => {
  await system?.discard();
  await rm(repository, { recursive: true, force: true });
});

describe('kill -9', () => {
  it.each([
    ['swarm', 'repair', 'the healer notices, has it restarted, verifies, records it'],
    ['postgres', 'itself', 'the supervisor restarts it, the healer records it afterwards'],
  ])('of %s, over by %s: %s; the run goes on', async (name, how) => {
    expect((await kills.survived(name)).how).toBe(how);
  });
});

it('the log afterwards has each command that was answered 2xx exactly once, and nothing twice', async () => {
  await system.stop();
  const log = await exportedLog(system);
  expect(notExactlyOnce(log, api.answered.values())).toEqual([]);
  expect(repeated(log)).toEqual([]);
  expect(new Set([...api.answered.values()].map(({ type }) => type))).toEqual(
    new Set(['PublishWorkflow', 'StartRun', 'VoteOnApproval', 'AddCards']),
  );
});
