import { ids, text, type Guardrails, type RunbookStep } from '@agencyos/contracts';
import { describeError, digestOf, isFinal, pause, type Commands, type Logger } from '@agencyos/runtime';
import { BACKUP_MONITOR } from './backup-watch.js';
import type { SupervisorClient, TableRow } from './supervisor/supervisor-client.js';

interface Seed {
  /** Its command id derives from this and the installation's id. */
  what: string;
  type: string;
  data: object;
}

export const RESTART_RUNBOOK = 'restart-service';
const RESTART_STEPS: RunbookStep[] = [
  { stepId: 'restart', act: 'restart', parameters: { value: {} }, timeoutMs: 60_000, onFailure: 'stop' },
];
const GUARDRAILS: Guardrails = {
  perHour: 12,
  perDay: 60,
  cooldownMs: 3_000,
  maxParallel: 1,
  minHealthyRatio: 0,
  requireCertificate: false,
};

export const healingModeSeed: Seed = {
  what: 'healing-mode',
  type: 'SetHealingMode',
  data: { mode: 'live', targetIds: [], why: 'seeded' },
};

/** What a fresh installation on one machine watches and may do by itself. */
export function seedsOf(processes: readonly TableRow[]): Seed[] {
  const replicas = (service: string) => processes.filter(({ name, replicaOf }) => (replicaOf ?? name) === service).length;
  const targets = processes.filter(({ replicaOf }) => replicaOf === undefined);
  return [runbookSeed(), ...targets.flatMap((row) => targetSeeds(row, replicas(row.name)))];
}

function runbookSeed(): Seed {
  const runbook = {
    name: text('Restart the process'),
    targetKinds: ['service', 'agents'],
    monitorKinds: ['availability'],
    steps: RESTART_STEPS,
    // Ready processes tell of themselves within seconds; one that died again is restarted again that much sooner.
    verifyWithinMs: 20_000,
    guardrails: GUARDRAILS,
    reversible: true,
  };
  const data = { runbookId: RESTART_RUNBOOK, ...runbook, digest: digestOf(runbook) };
  return { what: `runbook/${RESTART_RUNBOOK}`, type: 'PublishRunbook', data };
}

function targetSeeds(row: TableRow, replicas: number): Seed[] {
  const { name, kind, restartedBy } = row;
  const target = {
    targetId: name,
    kind,
    driver: 'supervisor',
    replicas,
    // With one replica any higher minimum would forbid every restart.
    minHealthy: 0,
    maxParallel: 1,
    environment: 'local',
    dependsOn: [],
    labels: { process: name },
  };
  const seeds: Seed[] = [
    { what: `target/${name}`, type: 'RegisterTarget', data: target },
    { what: `monitor/${name}`, type: 'PublishMonitor', data: monitorOf(row) },
  ];
  if (kind === 'service') {
    seeds.push({ what: `monitor/${name}-consumers`, type: 'PublishMonitor', data: consumersMonitorOf(name) });
  }
  if (restartedBy === 'supervisor') return seeds;
  // Bounded by backoff and budget alone: a service that died twice is wanted as much as one that died once.
  const autonomy = { runbookId: RESTART_RUNBOOK, targetId: name, autonomy: 'act', pinned: true };
  return [...seeds, { what: `autonomy/${name}/pinned`, type: 'SetAutonomy', data: autonomy }];
}

function monitorOf({ name, kind, restartedBy }: TableRow): object {
  const common = { monitorId: `${name}-availability`, targetId: name, clearForMs: 2_000, dependsOn: [] };
  // Restarted by the supervisor's own rule and recorded afterwards; everything else is the healer's to restart.
  if (restartedBy === 'supervisor') {
    return {
      ...common,
      name: text(`${name} runs`),
      kind: 'custom',
      probe: { value: { kind: 'journal', process: name } },
      objective: { value: { exits: 0 } },
      forMs: 0,
      noDataMs: 0,
      severity: 'critical',
    };
  }
  const agent = kind === 'agents';
  // An agent without work tells of itself only every two seconds.
  const everyMs = agent ? 2_000 : 1_000;
  return {
    ...common,
    name: text(`${name} answers`),
    kind: 'availability',
    probe: { value: { kind: 'heartbeat', of: agent ? 'agent' : 'service', name, everyMs } },
    objective: { value: { missed: 3 } },
    forMs: 3 * everyMs,
    noDataMs: 3_000,
    severity: agent ? 'warning' : 'critical',
  };
}

/** A consumer that stands still, or has set facts aside: no restart mends that, so people are told. */
const consumersMonitorOf = (name: string): object => ({
  ...{ monitorId: `${name}-consumers`, targetId: name, clearForMs: 5_000, dependsOn: [] },
  name: text(`${name} handles every fact`),
  kind: 'freshness',
  probe: { value: { kind: 'consumers', name } },
  objective: { value: { troubled: 0 } },
  forMs: 0,
  noDataMs: 0,
  severity: 'critical',
});

/** Of an installation that makes backups by itself: one that is old, or failed, is for people to look at. */
export function backupSeeds(): Seed[] {
  const target = {
    ...{ targetId: 'backups', kind: 'host', driver: 'schedule', replicas: 1, minHealthy: 0, maxParallel: 1 },
    ...{ environment: 'local', dependsOn: [], labels: {} },
  };
  const monitor = {
    ...{ monitorId: BACKUP_MONITOR, targetId: 'backups', clearForMs: 0, dependsOn: [] },
    name: text('A good backup is as new as was asked for'),
    kind: 'freshness',
    probe: { value: { kind: 'backups' } },
    objective: { value: { failed: 0 } },
    forMs: 0,
    noDataMs: 0,
    severity: 'critical',
  };
  return [
    { what: 'target/backups', type: 'RegisterTarget', data: target },
    { what: 'monitor/backups', type: 'PublishMonitor', data: monitor },
  ];
}

export interface SeedingDependencies {
  commands: Commands;
  logger: Logger;
  supervisor: SupervisorClient | undefined;
  installationId: string;
}

/** At every start: the deciders take only what is not there yet. Without a supervisor only the switch is set. */
export async function seed({ commands, logger, supervisor, installationId }: SeedingDependencies, signal: AbortSignal) {
  const send = async (seeds: Seed[]) => {
    const messages = seeds.map(({ what, type, data }) => ({
      id: ids.seed(installationId, what),
      type,
      data: data as Record<string, unknown>,
    }));
    const answers = await commands.send(messages);
    return answers.every((answer) => !('problem' in answer) || isFinal(answer.problem));
  };
  const attempt = async () => {
    if (!(await send([healingModeSeed]))) return false;
    if (!supervisor) return true;
    const { processes, backups } = await supervisor.status();
    return send([...seedsOf(processes), ...(backups ? backupSeeds() : [])]);
  };
  while (!signal.aborted) {
    try {
      if (await attempt()) return;
    } catch (error) {
      logger.warn({ error: describeError(error).message }, 'waiting for the supervisor');
    }
    await pause(500, signal);
  }
}
