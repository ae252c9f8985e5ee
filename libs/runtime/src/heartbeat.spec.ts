import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RuntimeConfig } from './config.js';
import { sendHeartbeats } from './heartbeat.js';
import type { Bus } from './messaging/bus.js';

let said: { subject: string; body: Record<string, unknown> }[];
let bus: { connected: boolean; publish(subject: string, body: Record<string, unknown>): void };
const config = { name: 'kanban', instanceId: 'one' } as RuntimeConfig;

beforeEach(() => {
  said = [];
  bus = { connected: true, publish: (subject, body) => said.push({ subject, body }) };
});

/** Until it was told to end, and has. */
async function beat(inTrouble: object[] = []): Promise<void> {
  const end = new AbortController();
  const beating = sendHeartbeats(config, bus as Bus, { inTrouble: () => inTrouble } as never, end.signal);
  end.abort();
  await beating;
}

describe('heartbeats', () => {
  it('tell who lives, and in the end that it leaves', async () => {
    await beat();
    expect(said.map(({ subject }) => subject)).toEqual(['agencyos.hb.service.kanban', 'agencyos.hb.service.kanban']);
    expect(said[0]!.body).toMatchObject({ name: 'kanban', instanceId: 'one', pid: process.pid });
    expect(said[0]!.body).not.toHaveProperty('leaving');
    expect(said[1]!.body).toMatchObject({ name: 'kanban', instanceId: 'one', leaving: true });
  });

  it('tell of five consumers in trouble at most', async () => {
    await beat(Array.from({ length: 9 }, (_, n) => ({ consumer: `c${n}` })));
    expect(said[0]!.body['consumers']).toHaveLength(5);
  });

  it('are not kept for later where NATS is away', async () => {
    bus.connected = false;
    await beat();
    expect(said).toEqual([]);
  });
});
