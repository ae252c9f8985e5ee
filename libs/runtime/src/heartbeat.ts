import { subjects } from '@agencyos/contracts';
import { pause } from './background.js';
import type { RuntimeConfig } from './config.js';
import type { Bus } from './messaging/bus.js';

const EVERY_MS = 1_000;

/** Tells the healer every second that this process is alive: a blocked event loop falls silent like a dead one. */
export async function sendHeartbeats(config: RuntimeConfig, bus: Bus, signal: AbortSignal): Promise<void> {
  const { name, instanceId } = config;
  while (!signal.aborted) {
    if (bus.connected) {
      bus.publish(subjects.heartbeat('service', name), { name, instanceId, at: new Date().toISOString(), pid: process.pid });
    }
    await pause(EVERY_MS, signal);
  }
}
