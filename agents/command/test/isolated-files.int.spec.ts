import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type Content } from '@agencyos/contracts';
import { testBubblewrap } from '@agencyos/testing/servers';
import { commandHandler } from '../src/index.js';
import { chooseIsolation } from '../src/isolation/choose-isolation.js';
import type { Isolation } from '../src/isolation/isolation.js';
import { MemoryStore } from './memory-store.js';

const root = mkdtempSync(join(import.meta.dirname, '.isolated-'));
const workspaces = join(root, 'workspaces');
chmodSync(root, 0o755); // commands may run as another user
const isolation = await chooseIsolation({ workspaces, bubblewrapProgram: await testBubblewrap() });
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Where no isolation is possible there is nothing to show; the start says so. */
(isolation.commandLine ? describe : describe.skip)('files of tasks where commands are isolated (fault 6)', () => {
  const store = new MemoryStore();
  const lines: string[] = [];
  let uses: Record<string, Content>;

  async function run(script: string, input: object) {
    return commandHandler({
      workspaces,
      guard: { watch: () => undefined, release: () => undefined },
      content: store,
      isolation: isolation as Isolation,
    })({
      task: {
        ...{ runId: newId(), taskId: 'x', attempt: 1, role: 'check', leaseMs: 6_000, timeoutMs: 60_000 },
        approvalId: newId(),
      },
      input: { run: ['sh', '-c', script], ...input },
      signal: new AbortController().signal,
      log: (line) => lines.push(line),
      progress: () => undefined,
    });
  }

  beforeAll(async () => {
    const outcome = await run('mkdir steps && echo "echo as approved" > steps/publish', {
      produces: { steps: 'steps' },
    });
    if (outcome.kind !== 'succeeded') throw new Error(JSON.stringify(outcome));
    uses = Object.fromEntries(outcome.artifacts!.map((file) => [file.name!, file]));
  });

  it('are read by the user that a command runs as, and never written', async () => {
    const attempts = ['echo changed > uses/steps/publish', 'touch uses/steps/new', 'rm -rf uses', 'mv uses other'];
    const script = [...attempts, 'chmod -R u+w uses'].map((attempt) => `! (${attempt}) 2>/dev/null || exit 9`);
    const outcome = await run(`${script.join('\n')}\nsh uses/steps/publish`, { uses });
    expect(outcome).toMatchObject({ kind: 'succeeded' });
    expect(lines).toContain('as approved');
  });
});
