import type { WorkflowProblem } from '@agencyos/contracts';
import type { Ancestors } from './check-templates.js';
import type { TaskNode, UsedFile, WorkflowSpec } from './workflow-spec.js';
import type { YamlDocument } from './yaml-document.js';

/** Programs that run the file that their first argument names. */
const INTERPRETERS = new Set([
  'node',
  'nodejs',
  'python',
  'python3',
  'ruby',
  'perl',
  'php',
  'sh',
  'bash',
  'dash',
  'zsh',
]);
const TEMPLATE = /\$\{\{[^{}]*\}\}/;

/**
 * What a task uses is produced by a task that is certainly finished by then, and a guarded task names nothing that could
 * be changed after the vote.
 * @param written ids in the order of the file
 */
export function* checkFiles(
  spec: WorkflowSpec,
  written: string[],
  document: YamlDocument,
  ancestors: Ancestors,
): Generator<WorkflowProblem> {
  const lines = new Map(written.map((id, index) => [id, index]));
  for (const node of spec.nodes) {
    if (node.kind !== 'task') continue;
    const base = ['tasks', lines.get(node.id)!];
    const names = new Set<string>();
    for (const [index, used] of (node.uses ?? []).entries()) {
      const fault =
        faultOf(node, used, spec, ancestors) ??
        (names.has(used.name)
          ? `"${node.id}" uses two files named "${used.name}": give one of them another name where it is produced`
          : undefined);
      names.add(used.name);
      if (fault) yield document.problem('bad_uses', [...base, 'uses', index], fault);
    }
    for (const [index, argument] of (node.run ?? []).entries()) {
      const name = /^uses\/([^/]+)/.exec(argument)?.[1];
      if (name === undefined || TEMPLATE.test(name) || names.has(name)) continue;
      const fault = `"${node.id}" does not use "${name}": name it under uses, as <task>.${name}`;
      yield document.problem('bad_uses', [...base, 'run', index], fault);
    }
    const unapproved = node.after === undefined ? undefined : unapprovedFile(node);
    if (unapproved)
      yield document.problem('unapproved_file', [...base, 'run', unapproved.index], unapproved.message);
  }
}

function faultOf(
  node: TaskNode,
  { taskId, name }: UsedFile,
  spec: WorkflowSpec,
  ancestors: Ancestors,
): string | undefined {
  const producer = spec.byId.get(taskId);
  if (!producer) return `there is no task "${taskId}"`;
  if (producer.kind === 'gate') return `"${taskId}" is a gate and produces no files`;
  if (!ancestors.has(node, taskId))
    return `"${taskId}" is not among what "${node.id}" needs, so it may not be finished by then`;
  const produced = Object.keys(producer.produces ?? {});
  if (produced.includes(name)) return undefined;
  return produced.length === 0
    ? `"${taskId}" produces nothing: say what under produces, as { ${name}: path }`
    : `"${taskId}" produces no "${name}", only ${produced.map((one) => `"${one}"`).join(', ')}`;
}

/**
 * The program, or the script of an interpreter, that a guarded task takes out of its workspace: that is empty but for
 * `uses`. Absolute paths and templates are judged by the worker, who knows what is mounted read-only.
 */
function unapprovedFile({ id, run = [] }: TaskNode): { index: number; message: string } | undefined {
  const [program = '', script] = run;
  const runsScript = INTERPRETERS.has(program) && script !== undefined && !script.startsWith('-');
  const index = runsScript ? 1 : 0;
  const file = run[index] ?? '';
  const inWorkspace = runsScript || file.includes('/');
  if (!inWorkspace || /^(\/|uses\/)/.test(file) || TEMPLATE.test(file)) return undefined;
  const message =
    `"${id}" is guarded, and "${file}" is not part of what is approved: let an earlier task produce it, name it ` +
    'under uses and run uses/<name>, or give its absolute path in a folder that the worker mounts read-only';
  return { index, message };
}
