import { Principal } from '@agencyos/contracts';
import { installation } from '@agencyos/contracts/installation';
import type { ServiceRuntime } from '@agencyos/runtime';
import { z } from 'zod';
import { Availability } from './availability.js';
import { BackupWatch } from './backup-watch.js';
import { LogSituation } from './reactions/log-situation.js';
import { seed } from './seeding.js';
import { Cursors } from './supervisor/cursors.js';
import { JournalReader } from './supervisor/journal-reader.js';
import { StepRunner } from './supervisor/step-runner.js';
import type { SupervisorClient } from './supervisor/supervisor-client.js';
import { raiseAfterMs } from './upgrade/upgrade-words.js';
import { UpgradeWatch } from './upgrade-watch.js';

/** What the healer does by itself, each in one process at a time among all replicas. */
export function startHealingWork(
  runtime: ServiceRuntime,
  supervisor: SupervisorClient | undefined,
  afterMs = raiseAfterMs(process.env['AGENCYOS_RAISE_AFTER_MINUTES']),
): void {
  const { background, elections, store, commands, logger, bus, clock, database, config, level, queries } = runtime;
  const { installationId } = config;
  const elected = (name: string, work: (signal: AbortSignal) => Promise<void>) =>
    background.run(name, (signal) => elections.hold(name, signal, work));

  const availability = new Availability({ store, bus, commands, clock, logger, supervisor });
  elected('availability', (signal) => availability.run(signal));
  const services = installation.services.map(({ name }) => name);
  const upgrade = new UpgradeWatch({ bus, commands, database, level, clock, logger, services, afterMs });
  background.run('upgrade', (signal) => upgrade.run(signal));
  queries.add('upgrade', () => upgrade.state());
  queries.add('upgrade-finish', (query) => upgrade.finish(z.object({ by: Principal }).parse(query).by));
  elected('seeding', async (signal) => {
    await seed({ commands, logger, supervisor, installationId }, signal);
    await untilAborted(signal);
  });
  if (!supervisor) return;
  const cursors = new Cursors(database);
  const situation = new LogSituation(store);
  const steps = new StepRunner({ store, commands, situation, cursors, logger, supervisor });
  elected('steps', (signal) => steps.run(signal));
  const journal = new JournalReader({ supervisor, commands, cursors, logger, installationId });
  elected('journal', (signal) => journal.run(signal));
  const backups = new BackupWatch({ supervisor, situation, commands, clock, logger });
  elected('backups', (signal) => backups.run(signal));
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
