import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskOutcome } from '@agencyos/agent';
import { newId } from '@agencyos/contracts';
import { testBubblewrap } from '@agencyos/testing/servers';
import { commandHandler, Profiles } from '../src/index.js';
import { chooseIsolation } from '../src/isolation/choose-isolation.js';
import type { Isolation, IsolationWay } from '../src/isolation/isolation.js';
import type { Limiter } from '../src/limits/limits.js';

const bubblewrapProgram = await testBubblewrap();

/** The way if it works on this machine. */
export async function isolationBy(way: IsolationWay): Promise<Isolation | undefined> {
  const workspaces = mkdtempSync(join(import.meta.dirname, '.probe-'));
  try {
    return await chooseIsolation({ workspaces, bubblewrapProgram, way });
  } catch {
    return undefined;
  } finally {
    rmSync(workspaces, { recursive: true });
  }
}

/** A worker's folders as the product has them, and commands that run in it. */
export class Bench {
  /** Not below /tmp, of which every command has its own. */
  readonly root = mkdtempSync(join(import.meta.dirname, '.isolation-'));
  readonly dataDir = join(this.root, 'data');
  readonly workspaces = join(this.dataDir, 'workspaces');
  readonly lines: string[] = [];
  readonly groups: number[] = [];
  onLine: (line: string) => void = () => undefined;

  constructor() {
    chmodSync(this.root, 0o755); // commands may run as another user
    mkdirSync(this.workspaces, { recursive: true, mode: 0o700 });
  }

  run(
    isolation: Isolation,
    script: string,
    given: {
      profile?: Parameters<typeof Profiles.of>[0][string];
      signal?: AbortSignal;
      limiter?: Limiter;
      env?: Record<string, string>;
    } = {},
  ): Promise<TaskOutcome> {
    return commandHandler({
      workspaces: this.workspaces,
      guard: { watch: (group) => void this.groups.push(group), release: () => undefined },
      isolation,
      ...(given.limiter && { limiter: given.limiter }),
      profiles: Profiles.of(given.profile ? { check: given.profile } : {}),
      dataDir: this.dataDir,
    })({
      task: { runId: newId(), taskId: 'x', attempt: 1, role: 'check', leaseMs: 6_000, timeoutMs: 60_000 },
      input: { run: ['sh', '-c', script], ...(given.env && { env: given.env }) },
      signal: given.signal ?? new AbortController().signal,
      log: (line) => (this.lines.push(line), this.onLine(line)),
      progress: () => undefined,
    });
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
