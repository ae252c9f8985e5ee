import type { WorkflowProblem } from '@agencyos/contracts';
import type { NodeGraph } from '../../workflow/node-graph.js';
import { named, type WrittenNode } from '../../workflow/written-file.js';
import type { Checking } from '../kind.js';
import { usedFile, type TaskFields } from './task-node.js';

type WrittenTask = WrittenNode<Partial<TaskFields>>;

/** Programs that run the file that their first argument names. */
const INTERPRETERS = new Set(['node', 'nodejs', 'python', 'python3', 'ruby', 'perl', 'php', 'sh', 'bash', 'dash', 'zsh']);
const TEMPLATE = /\$\{\{[^{}]*\}\}/;

/**
 * What a task uses is produced by a task that is certainly finished by then, and a guarded task names nothing that could
 * be changed after the vote.
 */
export function* checkFiles(node: WrittenTask, { document, graph }: Checking): Generator<WorkflowProblem> {
  const { path, fields, wrong } = node;
  const names = new Set<string>();
  for (const [index, used] of (fields.uses ?? []).entries()) {
    if (used === '') continue;
    const { taskId, name } = usedFile(used);
    const fault =
      faultOf(node, taskId, name, graph) ??
      (names.has(name)
        ? `${named(node)} uses two files named "${name}": give one of them another name where it is produced`
        : undefined);
    names.add(name);
    if (fault) yield document.problem('bad_uses', [...path, 'uses', index], fault);
  }
  for (const [index, argument] of (fields.run ?? []).entries()) {
    const name = /^uses\/([^/]+)/.exec(argument)?.[1];
    if (name === undefined || TEMPLATE.test(name) || names.has(name) || wrong.has('uses')) continue;
    const fault = `${named(node)} does not use "${name}": name it under uses, as <task>.${name}`;
    yield document.problem('bad_uses', [...path, 'run', index], fault);
  }
  const unapproved = fields.after === undefined || wrong.has('run') ? undefined : unapprovedFile(node);
  if (unapproved) yield document.problem('unapproved_file', [...path, 'run', unapproved.index], unapproved.message);
}

function faultOf(node: WrittenTask, taskId: string, name: string, graph: NodeGraph): string | undefined {
  const producer = graph.byId.get(taskId);
  if (!producer) return `there is no task "${taskId}"`;
  if (producer.kind.name !== 'task') return `"${taskId}" is a ${producer.kind.name} and produces no files`;
  if (!graph.mayBeFinished(producer, node))
    return `"${taskId}" is not among what ${named(node)} needs, so it may not be finished by then`;
  const produced = Object.keys((producer as WrittenTask).fields.produces ?? {});
  if (produced.includes(name) || producer.wrong.has('produces')) return undefined;
  return produced.length === 0
    ? `"${taskId}" produces nothing: say what under produces, as { ${name}: path }`
    : `"${taskId}" produces no "${name}", only ${produced.map((one) => `"${one}"`).join(', ')}`;
}

/**
 * The program, or the script of an interpreter, that a guarded task takes out of its workspace: that is empty but for
 * `uses`. Absolute paths and templates are judged by the worker, who knows what is mounted read-only.
 */
function unapprovedFile(node: WrittenTask): { index: number; message: string } | undefined {
  const { run = [] } = node.fields;
  const [program = '', script] = run;
  const runsScript = INTERPRETERS.has(program) && script !== undefined && !script.startsWith('-');
  const index = runsScript ? 1 : 0;
  const file = run[index] ?? '';
  const inWorkspace = runsScript || file.includes('/');
  if (!inWorkspace || /^(\/|uses\/)/.test(file) || TEMPLATE.test(file)) return undefined;
  const message =
    `${named(node)} is guarded, and "${file}" is not part of what is approved: let an earlier task produce it, name it ` +
    'under uses and run uses/<name>, or give its absolute path in a folder that the worker mounts read-only';
  return { index, message };
}
