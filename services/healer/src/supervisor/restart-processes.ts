import { deriveId } from '@agencyos/contracts';
import type { Logger } from '@agencyos/runtime';
import type { StepOutcome } from '../repair/repair.decider.js';
import type { DataOf } from '../reactions/facts.js';
import type { ProcessStatus, SupervisorClient } from './supervisor-client.js';

type StepStarted = DataOf<'RepairStepStarted'>;

export interface Restart {
  supervisor: SupervisorClient;
  logger: Logger;
  service: string;
  step: Pick<StepStarted, 'repairId' | 'actionKey' | 'token' | 'instances'>;
  /** When the step was started. */
  since: string;
}

/**
 * Restarts those processes of a service that are down: the instances that the step names, and whatever died while it was
 * waiting. Each by an action key of its own, after which the supervisor is asked before anything is sent.
 */
export async function restartProcesses({ supervisor, logger, service, step, since }: Restart): Promise<StepOutcome> {
  const { repairId, actionKey, token, instances } = step;
  const { processes } = await supervisor.status();
  const own = processes.filter(({ name, replicaOf }) => (replicaOf ?? name) === service);
  // The supervisor says itself that it runs none.
  if (own.length === 0) return supervisor.restart(service, actionKey, token);
  const outcomes: StepOutcome[] = [];
  for (const process of own) {
    const { name } = process;
    const key = name === service ? actionKey : deriveId(actionKey, name);
    let outcome = await supervisor.outcome(key);
    if (!outcome && isDown(process, instances, since)) {
      logger.info({ repair: repairId, process: name, fence: token }, 'telling the supervisor to restart');
      outcome = await supervisor.restart(name, key, token);
    }
    if (outcome) outcomes.push(outcome);
  }
  const failed = outcomes.find(({ state }) => state === 'failed');
  return failed ?? outcomes.find(({ state }) => state === 'running') ?? { state: 'done' };
}

/** One that was started again since, whoever did it (the whole machine, after a stop), needs nothing more. */
function isDown({ state, instanceId, startedAt }: ProcessStatus, instances: readonly string[], since: string): boolean {
  if (state === 'ready' && (startedAt ?? '') > since) return false;
  return state === 'failed' || instances.length === 0 || !instanceId || instances.includes(instanceId);
}
