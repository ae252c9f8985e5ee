import {
  autonomyCommands,
  autonomyEvents,
  autonomyId,
  healingCommands,
  healingEvents,
  incidentCommands,
  incidentEvents,
  monitorCommands,
  monitorEvents,
  repairCommands,
  repairEvents,
  runbookCommands,
  runbookEvents,
  targetCommands,
  targetEvents,
  upgradeCommands,
  upgradeEvents,
  type AutonomyCommand,
  type RepairCommand,
  type TargetCommand,
} from '@agencyos/contracts';
import { digestOf, type RuntimeCore, type ServiceDefinition } from '@agencyos/runtime';
import { autonomyDecider, type AutonomyLookup } from './autonomy/autonomy.decider.js';
import { healerTimers } from './healer.timers.js';
import { healingDecider } from './healing/healing.decider.js';
import { incidentDecider } from './incident/incident.decider.js';
import { monitorDecider, type MonitorLookup } from './monitor/monitor.decider.js';
import { healerReactions } from './reactions/healer.reactions.js';
import { LogSituation } from './reactions/log-situation.js';
import type { Situation } from './reactions/situation.js';
import { repairDecider, type Repair, type RepairLookup } from './repair/repair.decider.js';
import { runbookDecider } from './runbook/runbook.decider.js';
import type { SupervisorClient } from './supervisor/supervisor-client.js';
import type { AdmissionLookup } from './target/admit-repair.js';
import { targetDecider } from './target/target.decider.js';
import { upgradeDecider } from './upgrade/upgrade.decider.js';
import { healingProjection } from './views/healing.view.js';
import { operationsProjection } from './views/operations.view.js';

/** Sees that something broke, repairs it within guardrails, proves the repair. */
export function healer({ store, config }: RuntimeCore, supervisor: SupervisorClient | undefined): ServiceDefinition {
  const situation = new LogSituation(store);
  return {
    name: 'healer',
    aggregates: aggregates(situation, config.installationId, supervisor),
    projections: [operationsProjection, healingProjection],
    reactions: [healerReactions(situation)],
    timers: [healerTimers],
  };
}

/** Each with what its decisions need to know of elsewhere. */
export function aggregates(
  situation: Situation,
  installationId: string,
  supervisor?: Pick<SupervisorClient, 'outcome'>,
): ServiceDefinition['aggregates'] {
  return [
    {
      category: 'target',
      commands: targetCommands,
      events: targetEvents,
      decider: targetDecider,
      prepare: async ({ type, data }: TargetCommand): Promise<AdmissionLookup | undefined> =>
        type === 'AdmitRepair' ? { mode: await situation.mode(data.targetId) } : undefined,
    },
    {
      category: 'monitor',
      commands: monitorCommands,
      events: monitorEvents,
      decider: monitorDecider,
      prepare: (): Promise<MonitorLookup> => Promise.resolve({ installationId }),
    },
    { category: 'incident', commands: incidentCommands, events: incidentEvents, decider: incidentDecider },
    {
      category: 'repair',
      commands: repairCommands,
      events: repairEvents,
      decider: repairDecider,
      prepare: async (command: RepairCommand, { step }: Repair): Promise<RepairLookup | undefined> => {
        if (command.type === 'ProposeRepair') return { actionDigest: digestOf(command.data.action) };
        if (command.type !== 'TimeOutStep' || !step) return undefined;
        // Before a step counts as failed the driver is asked what became of it.
        return { outcome: await supervisor?.outcome(step.actionKey).catch(() => undefined) };
      },
    },
    { category: 'runbook', commands: runbookCommands, events: runbookEvents, decider: runbookDecider },
    {
      category: 'autonomy',
      commands: autonomyCommands,
      events: autonomyEvents,
      decider: autonomyDecider,
      idOf: autonomyId,
      prepare: async ({ type, data }: AutonomyCommand): Promise<AutonomyLookup | undefined> => {
        if (type !== 'SetAutonomy') return undefined;
        const runbook = (await situation.runbooks()).find(({ runbookId }) => runbookId === data.runbookId);
        return { requireCertificate: runbook?.guardrails.requireCertificate ?? true };
      },
    },
    { category: 'healing', commands: healingCommands, events: healingEvents, decider: healingDecider },
    { category: 'upgrade', commands: upgradeCommands, events: upgradeEvents, decider: upgradeDecider },
  ];
}
