import {
  CommandNode,
  cutText,
  dataFault,
  durationMs,
  GateNode,
  WORKFLOW_LIMITS,
  WorkflowFile,
  type WorkflowProblem,
} from '@agencyos/contracts';
import { z } from 'zod';
import { checkFiles } from './check-files.js';
import { checkReferences } from './check-references.js';
import { Ancestors, checkTemplates } from './check-templates.js';
import { valueFits } from './run-input.js';
import { MAX_TASK_CARDS, type UsedFile, type WorkflowNode, type WorkflowSpec } from './workflow-spec.js';
import { problemWords } from './problem-words.js';
import { YamlDocument } from './yaml-document.js';

export type Parsed = { spec: WorkflowSpec } | { problems: WorkflowProblem[] };

type WrittenNode = z.infer<typeof CommandNode> | z.infer<typeof GateNode>;

/** More are neither looked for nor described. */
const MAX_PROBLEMS = 100;
/** The file without its nodes: those are checked one by one, so that a fault is reported for the form that was meant. */
const FileHead = WorkflowFile.extend({ tasks: z.array(z.unknown()).min(1) });

interface Shape {
  file: z.infer<typeof FileHead>;
  nodes: WrittenNode[];
}

/** {@link parseWorkflow} of a file as it is stored. */
export function parseBytes(bytes: Uint8Array): Parsed {
  let source: string;
  try {
    source = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { problems: [{ code: 'yaml', message: 'the file is not UTF-8', path: '' }] };
  }
  return parseWorkflow(source);
}

/** A workflow file → what the scheduler follows, or everything that is wrong with it. */
export function parseWorkflow(source: string): Parsed {
  const document = YamlDocument.parse(source);
  return Array.isArray(document) ? { problems: document } : checkDocument(document);
}

export function checkDocument(document: YamlDocument): Parsed {
  const nodes = document.lengthAt(['tasks']);
  if (nodes > WORKFLOW_LIMITS.nodes) {
    const message = `the workflow has ${nodes} tasks; at most ${WORKFLOW_LIMITS.nodes} are allowed`;
    return { problems: [document.problem('too_many_nodes', ['tasks'], message)] };
  }
  const shaped = readShape(document);
  if (!('file' in shaped)) return shaped;
  const problems = [
    ...checkDefaults(shaped.file, document).take(MAX_PROBLEMS),
    ...checkReferences(shaped.nodes, document).take(MAX_PROBLEMS),
  ];
  if (problems.length > 0) return { problems: problems.slice(0, MAX_PROBLEMS) };
  const spec = toSpec(shaped.file, shaped.nodes);
  const written = shaped.nodes.map(({ id }) => id);
  const ancestors = new Ancestors(spec);
  const unfit = [
    ...checkTemplates(spec, written, document, ancestors).take(MAX_PROBLEMS),
    ...checkFiles(spec, written, document, ancestors).take(MAX_PROBLEMS),
  ];
  return unfit.length > 0 ? { problems: unfit.slice(0, MAX_PROBLEMS) } : { spec };
}

function readShape(document: YamlDocument): Shape | { problems: WorkflowProblem[] } {
  const problems: WorkflowProblem[] = [];
  const head = FileHead.safeParse(document.value);
  if (!head.success) problems.push(...describeAll(head.error, [], document));
  const written = (document.value as { tasks?: unknown } | null)?.tasks;
  const nodes: WrittenNode[] = [];
  for (const [index, node] of (Array.isArray(written) ? written : []).entries()) {
    const isGate = typeof node === 'object' && node !== null && 'gate' in node;
    const parsed = (isGate ? GateNode : CommandNode).safeParse(node);
    if (parsed.success) nodes.push(parsed.data);
    else problems.push(...describeAll(parsed.error, ['tasks', index], document));
    if (problems.length >= MAX_PROBLEMS) break;
  }
  const unfit = unfitValue(document);
  if (unfit && !problems.some(({ path }) => path === unfit.path)) problems.unshift(unfit);
  return head.success && problems.length === 0
    ? { file: head.data, nodes }
    : { problems: problems.slice(0, MAX_PROBLEMS) };
}

/** An escape can write what the file itself must not hold, and a number can be larger than it will be read. */
function unfitValue(document: YamlDocument): WorkflowProblem | undefined {
  const fault = dataFault(document.value);
  if (!fault) return undefined;
  const path = fault.path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return document.problem('shape', path, fault.why);
}

function describeAll(error: z.ZodError, base: PropertyKey[], document: YamlDocument): WorkflowProblem[] {
  return error.issues
    .values()
    .flatMap((issue) => describe(issue, base, document))
    .take(MAX_PROBLEMS)
    .toArray();
}

function* describe(
  issue: z.core.$ZodIssue,
  base: PropertyKey[],
  document: YamlDocument,
): Generator<WorkflowProblem> {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys)
      yield document.problem('unknown_field', path, `unknown field "${cutText(key, 100)}"`, key);
    return;
  }
  const last = path.at(-1);
  const message = problemWords(issue, path);
  if (typeof last === 'string') yield document.problem('shape', path.slice(0, -1), message, last);
  else yield document.problem('shape', path, message);
}

function* checkDefaults(file: z.infer<typeof FileHead>, document: YamlDocument): Generator<WorkflowProblem> {
  for (const [name, field] of Object.entries(file.input ?? {})) {
    if (field.default !== undefined && !valueFits(field.type, field.default))
      yield document.problem('bad_default', ['input', name], `the default is no ${field.type}`, 'default');
  }
}

function toSpec(file: z.infer<typeof FileHead>, written: WrittenNode[]): WorkflowSpec {
  const guards = new Map<string, string[]>();
  for (const node of written) {
    if (!('role' in node) || node.after === undefined) continue;
    const guarded = guards.get(node.after);
    if (guarded) guarded.push(node.id);
    else guards.set(node.after, [node.id]);
  }
  const nodes = inOrder(written.map((node) => toNode(node, guards.get(node.id) ?? [])));
  const roles = nodes.flatMap((node) =>
    node.kind === 'task' ? [node.role, ...(node.handoff?.to ?? [])] : [],
  );
  const cards = file.cards ?? 'tasks';
  return {
    workflowId: file.workflow,
    title: file.title,
    cards: cards === 'tasks' && nodes.length > MAX_TASK_CARDS ? 'run' : cards,
    input: file.input ?? {},
    ...(file.deadline !== undefined && { deadlineMs: durationMs(file.deadline)! }),
    ...(file.output !== undefined && { output: file.output }),
    nodes,
    byId: new Map(nodes.map((node) => [node.id, node])),
    roles: [...new Set(roles)].sort(),
  };
}

function toNode(node: WrittenNode, guards: string[]): WorkflowNode {
  if ('gate' in node) {
    const { action, policy, brief, expires } = node.gate;
    return {
      kind: 'gate',
      id: node.id,
      title: node.title ?? node.id,
      needs: [...new Set(node.needs ?? [])],
      action: { ...action, artifacts: action.artifacts ?? [] },
      guards,
      ...(policy !== undefined && { policyId: policy }),
      ...(brief !== undefined && { brief }),
      ...(expires !== undefined && { expiresInMs: durationMs(expires)! }),
    };
  }
  return {
    kind: 'task',
    id: node.id,
    title: node.title ?? node.id,
    role: node.role,
    needs: [...new Set(node.needs ?? (node.after === undefined ? [] : [node.after]))],
    leaseMs: durationMs(node.lease ?? '30s')!,
    timeoutMs: durationMs(node.timeout ?? '10m')!,
    retries: node.retries ?? 2,
    backoffMs: durationMs(node.backoff ?? '1s')!,
    priority: node.priority ?? 0,
    ...(node.run && { run: node.run }),
    ...(node.env && { env: node.env }),
    ...(node.input !== undefined && { input: node.input }),
    ...(node.produces && { produces: node.produces }),
    ...(node.uses && { uses: node.uses.map(usedFile) }),
    ...(node.startWithin !== undefined && { startWithinMs: durationMs(node.startWithin)! }),
    ...(node.handoff && { handoff: { to: node.handoff.to, hops: node.handoff.hops ?? 1 } }),
    ...(node.after !== undefined && { after: node.after }),
  };
}

function usedFile(written: string): UsedFile {
  const dot = written.indexOf('.');
  return { taskId: written.slice(0, dot), name: written.slice(dot + 1) };
}

/** As written, except that a node stands after all that it needs. The graph is known to have no cycle. */
function inOrder(nodes: WorkflowNode[]): WorkflowNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const placed = new Set<string>();
  const result: WorkflowNode[] = [];
  for (const root of nodes) {
    const path: { node: WorkflowNode; next: number }[] = [{ node: root, next: 0 }];
    while (path.length > 0) {
      const top = path.at(-1)!;
      const need = top.node.needs[top.next++];
      if (placed.has(top.node.id)) path.pop();
      else if (need === undefined) {
        placed.add(top.node.id);
        result.push(top.node);
        path.pop();
      } else if (!placed.has(need)) path.push({ node: byId.get(need)!, next: 0 });
    }
  }
  return result;
}
