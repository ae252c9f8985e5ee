import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lockDataDir } from '../bin/data-dir-lock.mjs';
import { Problem } from '../bin/problem.mjs';
import { done, note, step } from '../bin/progress.mjs';
import { readBackupSettings } from './backups/backup-settings.js';
import { Backups } from './backups/backups.js';
import { backupProgram } from './backups/run-backup.js';
import { serveControl } from './control-server.js';
import { startDemo } from './demo.js';
import { writeExampleProfiles } from './example-profiles.js';
import { Journal } from './journal.js';
import { tellIfAway } from './kurrentdb.js';
import { builtInAgents, productProcesses } from './process-table.js';
import type { ProcessSpec } from './process-spec.js';
import { answersReady } from './readiness.js';
import { RestartRequests } from './restart-requests.js';
import { prepareServers, type Servers } from './servers.js';
import type { Settings } from './settings.js';
import { stopReason, type StopRequest } from './stop-reason.js';
import { defaultTimings, Supervisor, type Timings } from './supervisor.js';

/** Makes the processes beside NATS and PostgreSQL. */
export type MakeProcesses = (settings: Settings, servers: Servers) => ProcessSpec[];

/** Of a demo that somebody stopped before its end. */
const interruptedCode = 130;

/** Runs the installation until it is told to stop. @returns the exit code */
export async function runInstallation(
  settings: Settings,
  makeProcesses: MakeProcesses = productProcesses,
  timings: Timings = defaultTimings,
): Promise<number> {
  const { dataDir, port } = settings;
  const startedAt = performance.now();
  await mkdir(join(dataDir, 'logs'), { recursive: true, mode: 0o700 });
  const unlock = lockDataDir(dataDir);
  const stop = stopReason();
  try {
    // of an address that cannot be understood the services say what is wrong
    if (settings.kurrentdbUrl) tellIfAway(settings.kurrentdbUrl).catch(() => undefined);
    const journal = new Journal(join(dataDir, 'journal.jsonl'));
    const servers = await step('NATS and PostgreSQL are prepared', () =>
      prepareServers({ ...settings, agents: builtInAgents }),
    ).catch((error: unknown) => {
      if (!stop.reason()) throw error;
    });
    if (!servers) return 0; // stopped before anything ran
    await writeExampleProfiles(settings);
    if (settings.databaseUrl && !settings.databaseUrlsFolder)
      note(
        'All services use the one role of DATABASE_URL, which may change the log: supervisor/README.md says how to part them.',
      );
    const backupSettings = readBackupSettings(dataDir);
    const backups =
      backupSettings && new Backups(backupSettings, dataDir, backupProgram(settings, backupSettings, servers.databaseUrl));
    const specs = [...servers.specs, ...makeProcesses(settings, servers)];
    const supervisor = new Supervisor(specs, join(dataDir, 'logs'), journal, timings);
    const requests = new RestartRequests(supervisor, journal);
    const control = await serveControl(join(dataDir, 'supervisor.json'), {
      supervisor,
      journal,
      requests,
      credentials: servers.credentials,
      backups,
    });
    const url = `http://127.0.0.1:${port}`;
    await writeFile(join(dataDir, 'url'), `${url}\n`);

    try {
      const up = supervisor
        .startAll()
        .then(() => (supervisor.has('gateway') ? allAnswer(settings, timings) : undefined))
        .then(() => 'up' as const);
      up.catch(() => undefined); // a start interrupted by the stop
      let code = 0;
      if ((await Promise.race([up, stop.asked])) === 'up') {
        done(`AgencyOS is ready: ${url}`, startedAt);
        announceIsolation(dataDir);
        announceSetup(dataDir);
        if (!settings.untilReady && !settings.demo) backups?.start();
        if (settings.demo) code = await runDemo(settings, url, stop);
        else if (!settings.untilReady) await stop.asked;
      }
      return code;
    } finally {
      const stoppingAt = performance.now();
      note(`Stopping${stop.reason() ? ` (${stop.reason()})` : ''} …`);
      await backups?.stop();
      await supervisor.stopAll();
      await control.close();
      journal.close();
      await rm(join(dataDir, 'url'), { force: true });
      done('Everything has stopped', stoppingAt);
    }
  } finally {
    unlock();
  }
}

/** The gateway's readiness is that of the whole: it asks every service. */
async function allAnswer({ port, dataDir }: Settings, { readyTimeoutMs }: Timings): Promise<void> {
  const limit = AbortSignal.timeout(readyTimeoutMs);
  while (!(await answersReady(port))) {
    if (limit.aborted) {
      throw new Problem(
        `All processes run, but http://127.0.0.1:${port}/health/ready names one that is missing: look into ${join(dataDir, 'logs')}.`,
      );
    }
    await delay(50);
  }
}

/** The workers have found out what is possible here. */
function announceIsolation(dataDir: string): void {
  try {
    note((JSON.parse(readFileSync(join(dataDir, 'isolation.json'), 'utf8')) as { sentence: string }).sentence);
  } catch {
    // There is no worker here, or one was killed while it wrote: its log says it, too.
  }
}

function announceSetup(dataDir: string): void {
  const file = join(dataDir, 'setup-url');
  if (existsSync(file)) note(`First time? Choose your password here: ${readFileSync(file, 'utf8').trim()}`);
  note(`Logs are in ${join(dataDir, 'logs')}; Ctrl-C stops everything.`);
}

async function runDemo(settings: Settings, url: string, stop: StopRequest): Promise<number> {
  const demo = startDemo(settings, url);
  try {
    return await Promise.race([demo.ended, stop.asked.then(() => interruptedCode)]);
  } finally {
    await demo.stop();
  }
}
