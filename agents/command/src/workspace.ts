import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HeldTask } from '@agencyos/agent';
import type { Resume } from '@agencyos/contracts';

/** The folder of one attempt. */
export interface Workspace {
  /** Working directory of the command. */
  folder: string;
  /** Read by the command: `{task, input?, resume?}`. */
  inputFile: string;
  /** Written by the command: `{output}`, `{handoff: {toRole, reason, context?}}` or `{fault: {code, message, retryable}}`. */
  resultFile: string;
}

/** Of a workspace: where it and its command leave each other something. */
export function placesIn(folder: string): { exchange: string; inputFile: string; resultFile: string } {
  const exchange = join(folder, '.agencyos');
  return { exchange, inputFile: join(exchange, 'input.json'), resultFile: join(exchange, 'result.json') };
}

/** What the command reads. */
export function inputJson({ runId, taskId, attempt, role }: HeldTask, input: unknown, resume: Resume | undefined): string {
  const continued = resume && {
    kind: resume.kind,
    value: resume.value && 'value' in resume.value ? resume.value.value : null,
  };
  return JSON.stringify({ task: { runId, taskId, attempt, role }, input, resume: continued });
}

export async function openWorkspace(
  root: string,
  task: HeldTask,
  input: unknown,
  resume: Resume | undefined,
): Promise<Workspace> {
  const folder = join(root, task.runId, folderName(task.taskId), String(task.attempt));
  const { exchange, inputFile, resultFile } = placesIn(folder);
  await rm(folder, { recursive: true, force: true }); // what an earlier command left could lead elsewhere
  await mkdir(exchange, { recursive: true, mode: 0o700 });
  await writeFile(inputFile, inputJson(task, input, resume));
  return { folder, inputFile, resultFile };
}

/** Deletes the folders of runs that nothing has been started in for `olderThanMs`. */
export async function pruneWorkspaces(root: string, olderThanMs: number, now = Date.now()): Promise<string[]> {
  const pruned: string[] = [];
  for (const name of await readdir(root).catch(() => [])) {
    if (name.startsWith('.')) continue; // homes that are kept
    const folder = join(root, name);
    const touched = await stat(folder).catch(() => undefined);
    if (!touched?.isDirectory() || now - touched.mtimeMs < olderThanMs) continue;
    await rm(folder, { recursive: true, force: true });
    pruned.push(name);
  }
  return pruned;
}

/** Task ids hold slashes, brackets and dots (`fix#2/../test` is one): none of them gets into a path. */
export function folderName(taskId: string): string {
  const name = taskId.replace(/[^A-Za-z0-9_-]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
  return name.length <= 150 ? name : `${name.slice(0, 100)}-${createHash('sha256').update(taskId).digest('hex').slice(0, 32)}`;
}
