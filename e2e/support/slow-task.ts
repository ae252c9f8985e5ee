import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Api } from './api.js';
import { runWorkflow } from './runs.js';
import { marks, type System } from './system.js';

/** A run of one task that says a line and works until it is told to end. */
export interface SlowTask {
  runId: string;
  title: string;
  line: string;
  finish(): Promise<void>;
}

export async function startSlowTask(system: System, api: Api, boardId: string, name: string): Promise<SlowTask> {
  const [title, line] = [`Slow work ${name}`, `half of ${name} is done`];
  const go = join(marks(system.dataDir), `${name}.go`);
  const code = `console.log(process.env.LINE); setInterval(() => require('node:fs').existsSync(process.env.GO) && process.exit(0), 50)`;
  const yaml = `workflow: slow-${name}
title: Slow ${name}
tasks:
  - id: slow
    title: ${title}
    role: check
    lease: 6s
    run: [node, -e, "${code}"]
    env: { LINE: ${line}, GO: "${go}" }
`;
  const runId = await runWorkflow(api, `slow-${name}`, yaml, {}, boardId);
  return { runId, title, line, finish: () => writeFile(go, '') };
}
