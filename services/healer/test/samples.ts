import { ids, text, type Guardrails, type RunbookStep } from '@agencyos/contracts';

export const INSTALLATION = '01900000-0000-7000-8000-0000000000ff';
export const TARGET = 'kanban';
export const MONITOR = 'kanban-availability';
export const RUNBOOK = 'restart-service';
export const breachId = (n: number, monitorId = MONITOR) => ids.breach(INSTALLATION, monitorId, n);
export const INCIDENT = ids.incident(breachId(1));
export const REPAIR = ids.repair(INCIDENT, 1);
export const SERVICE = { actor: 'service:healer', sender: 'healer' };
export const USER = 'user:01900000-0000-7000-8000-0000000000aa';

export const guardrails: Guardrails = {
  perHour: 3,
  perDay: 5,
  cooldownMs: 5_000,
  maxParallel: 1,
  minHealthyRatio: 0,
  requireCertificate: false,
};
export const restart: RunbookStep = {
  stepId: 'restart',
  act: 'restart',
  parameters: { value: {} },
  timeoutMs: 30_000,
  onFailure: 'stop',
};
export const registered = {
  targetId: TARGET,
  kind: 'service' as const,
  driver: 'supervisor',
  replicas: 1,
  minHealthy: 0,
  maxParallel: 1,
  environment: 'local',
  dependsOn: [],
  labels: {},
};
export const monitor = {
  monitorId: MONITOR,
  name: text('kanban answers'),
  targetId: TARGET,
  kind: 'availability' as const,
  probe: { value: { kind: 'heartbeat', of: 'service', name: 'kanban', everyMs: 1_000 } },
  objective: { value: { missed: 3 } },
  forMs: 3_000,
  clearForMs: 2_000,
  noDataMs: 3_000,
  severity: 'critical' as const,
  dependsOn: [],
};
export const runbook = {
  runbookId: RUNBOOK,
  name: text('Restart the process'),
  targetKinds: ['service'],
  monitorKinds: ['availability'],
  steps: [restart],
  verifyWithinMs: 60_000,
  guardrails,
  reversible: true,
  digest: `sha256:${'1'.repeat(64)}`,
};
export const proposal = {
  repairId: REPAIR,
  incidentId: INCIDENT,
  targetId: TARGET,
  runbookId: RUNBOOK,
  runbookVersion: 1,
  try: 1,
  autonomy: 'act' as const,
  mode: 'live' as const,
  instances: ['one'],
  steps: [restart],
  verifyWithinMs: 60_000,
  action: { kind: RUNBOOK, target: TARGET, parameters: { value: {} }, artifacts: [] },
};
export const actionDigest = `sha256:${'2'.repeat(64)}`;
