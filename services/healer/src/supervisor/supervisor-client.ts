import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { StepOutcome } from '../repair/repair.decider.js';

const Backups = z.object({
  /** When they are made, in words: `every 6 h`. */
  how: z.string(),
  /** From when on the last good one is too old. */
  oldAt: z.string(),
  since: z.string(),
  lastGood: z.object({ at: z.string() }).optional(),
  failed: z.object({ at: z.string(), why: z.string() }).optional(),
});
export type BackupStatus = z.infer<typeof Backups>;

const Status = z.object({
  processes: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['service', 'agents', 'queue', 'database']),
      /** Whose rule restarts it when it dies. */
      restartedBy: z.enum(['supervisor', 'healer']),
      state: z.enum(['starting', 'ready', 'stopped', 'failed']),
      startedAt: z.string().nullish(),
      instanceId: z.string().nullish(),
      /** The service of which it is a further process. */
      replicaOf: z.string().optional(),
    }),
  ),
  /** Where backups are made by themselves. */
  backups: Backups.optional(),
});
const RequestedRestart = z.object({
  outcome: z.enum(['running', 'done', 'failed']),
  detail: z.string().optional(),
});
const JournalEntry = z.object({
  n: z.int(),
  kind: z.string(),
  process: z.string(),
  diedAt: z.string().optional(),
  readyAt: z.string().optional(),
  by: z.string().optional(),
});
const Journal = z.object({ entries: z.array(z.unknown()) });

export type SupervisorStatus = z.infer<typeof Status>;
export type ProcessStatus = SupervisorStatus['processes'][number];
/** What the installation's table says of a process. */
export type TableRow = Pick<ProcessStatus, 'name' | 'kind' | 'restartedBy' | 'replicaOf'>;
export type JournalEntry = z.infer<typeof JournalEntry>;

/** The supervisor refused for good: repeating the request cannot help. */
export class DriverRefused extends Error {
  override readonly name = 'DriverRefused';
  constructor(
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

const TIMEOUT_MS = 5_000;

/**
 * The driver `supervisor`: a local HTTP socket whose address and token lie in a file (0600). The file is read for every
 * request, for a restarted supervisor has another address. Never through NATS, which may be what broke.
 */
export class SupervisorClient {
  constructor(private readonly file: string) {}

  async status(): Promise<SupervisorStatus> {
    return Status.parse((await this.call('GET', '/status')).body);
  }

  /** What became of an action; undefined when the supervisor never heard of it. */
  async outcome(actionKey: string): Promise<StepOutcome | undefined> {
    const { status, body } = await this.call('GET', `/actions/${actionKey}`);
    return status === 404 ? undefined : outcomeOf(body);
  }

  /** At most once per action key, whoever asks how often. @throws DriverRefused */
  async restart(name: string, actionKey: string, token: number): Promise<StepOutcome> {
    const { status, body } = await this.call('POST', '/restart', { name, actionKey, token });
    if (status === 409) throw new DriverRefused('stale_token', 'A newer repair of this target is under way.');
    if (status === 404) throw new DriverRefused('unknown_process', `The supervisor runs no process ${name}.`);
    if (status >= 400 && status < 500) throw new DriverRefused('refused', `The supervisor refused with ${status}.`);
    return outcomeOf(body);
  }

  /** Entries after `n`, in order. Those that this version does not understand are left out. */
  async journal(after: number): Promise<JournalEntry[]> {
    const { entries } = Journal.parse((await this.call('GET', `/journal?after=${after}`)).body);
    return entries.flatMap((entry) => {
      const parsed = JournalEntry.safeParse(entry);
      return parsed.success ? [parsed.data] : [];
    });
  }

  private async call(method: string, path: string, json?: object): Promise<{ status: number; body: unknown }> {
    const { url, token } = JSON.parse(await readFile(this.file, 'utf8')) as { url: string; token: string };
    const response = await fetch(new URL(path, url), {
      method,
      headers: { authorization: `Bearer ${token}`, ...(json && { 'content-type': 'application/json' }) },
      ...(json && { body: JSON.stringify(json) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await response.json().catch(() => undefined);
    if (response.status >= 500 || response.status === 401) throw new Error(`the supervisor answered ${response.status}`);
    return { status: response.status, body };
  }
}

function outcomeOf(body: unknown): StepOutcome {
  const { outcome, detail } = RequestedRestart.parse(body);
  return outcome === 'failed' ? { state: outcome, detail: detail ?? 'The process did not become ready.' } : { state: outcome };
}
