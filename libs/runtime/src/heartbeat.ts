import { LEVEL, subjects } from '@agencyos/contracts';
import { pause } from './background.js';
import type { RuntimeConfig } from './config.js';
import type { Consumers } from './consumers/consumers.js';
import type { Bus } from './messaging/bus.js';

const EVERY_MS = 1_000;

/** Of consumers in trouble so many are told of. */
const MOST_TOLD = 5;

/**
 * Tells the healer every second that this process is alive, which of its consumers are not, and up to which level it reads
 * contracts: a blocked event loop falls silent like a dead one.
 */
export async function sendHeartbeats(
  config: RuntimeConfig,
  bus: Bus,
  consumers: Pick<Consumers, 'inTrouble'>,
  signal: AbortSignal,
): Promise<void> {
  const { name, instanceId } = config;
  while (!signal.aborted) {
    if (bus.connected) {
      const troubled = consumers.inTrouble().slice(0, MOST_TOLD);
      const beat = { name, instanceId, at: new Date().toISOString(), pid: process.pid, reads: LEVEL };
      bus.publish(subjects.heartbeat('service', name), { ...beat, ...(troubled.length > 0 && { consumers: troubled }) });
    }
    await pause(EVERY_MS, signal);
  }
  // Ended as it was told to: of several instances nobody misses this one.
  if (bus.connected)
    bus.publish(subjects.heartbeat('service', name), { name, instanceId, at: new Date().toISOString(), leaving: true });
}
