import { v5 } from 'uuid';

/** Root namespace of every derived id whose base is not itself a UUID. */
const AGENCYOS_NAMESPACE = '5f0c3a52-6f0e-5d1b-9d35-7a3e2f6b1c84';

/** `uuid5(base, name)`: same inputs, same id, in every process and language. */
export const deriveId = (base: string, name: string): string => v5(name, base);
/** For bases that are names, e.g. a stream or an installation's label. */
export const idOfName = (name: string): string => v5(name, AGENCYOS_NAMESPACE);

export const ids = {
  event: (commandId: string, stream: string, n: number) => deriveId(commandId, `${stream}#${n}`),
  reactionCommand: (eventId: string, reaction: string, n: number) => deriveId(eventId, `${reaction}/${n}`),
  timerCommand: (eventId: string, kind: string) => deriveId(eventId, `timer/${kind}`),
  taskCard: (runId: string, taskId: string) => deriveId(runId, taskId),
  runCard: (runId: string) => deriveId(runId, 'run'),
  incidentCard: (incidentId: string) => deriveId(incidentId, 'card'),
  gateApproval: (runId: string, taskId: string, round: number) => deriveId(runId, `gate/${taskId}/${round}`),
  repairApproval: (repairId: string) => deriveId(repairId, 'gate'),
  breach: (installationId: string, monitorId: string, n: number) => deriveId(installationId, `${monitorId}/${n}`),
  incident: (breachId: string) => deriveId(breachId, 'incident'),
  repair: (incidentId: string, attempt: number) => deriveId(incidentId, `repair/${attempt}`),
  actionKey: (repairId: string, step: number) => deriveId(repairId, `step/${step}`),
  seed: (installationId: string, what: string) => deriveId(installationId, `seed/${what}`),
};
