import type { HealingState } from '@agencyos/contracts';
import type { Autonomy } from '../autonomy/autonomy.decider.js';
import type { Incident } from '../incident/incident.decider.js';
import type { Monitor } from '../monitor/monitor.decider.js';
import type { Repair } from '../repair/repair.decider.js';
import type { PublishedRunbook } from '../runbook/runbook.decider.js';
import type { Target } from '../target/target.decider.js';

/**
 * What the reactions know beside the fact: the present state of other streams of this context, read from the log.
 *
 * Facts of different streams are handled side by side, so what one handler remembered may not be visible to another.
 * The log is: of two facts whose handlers look at each other's stream, whichever handler runs last sees both. Every
 * decision that needs two facts is therefore made at either of them, and made twice it has one effect.
 */
export interface Situation {
  monitor(monitorId: string): Promise<Monitor>;
  target(targetId: string): Promise<Target>;
  incident(incidentId: string): Promise<Incident>;
  repair(repairId: string): Promise<Repair>;
  /** By id. */
  runbooks(): Promise<PublishedRunbook[]>;
  autonomy(runbookId: string, targetId: string): Promise<Autonomy>;
  mode(targetId: string): Promise<HealingState>;
}
