import { cutText, dataFault, WORKFLOW_LIMITS, WorkflowFile, type WorkflowProblem } from '@agencyos/contracts';
import { z } from 'zod';
import type { AnyKind } from '../kinds/kind.js';
import { MAX_PROBLEMS } from './problem-list.js';
import { problemWords } from './problem-words.js';
import { rawNodes, type RawNode } from './raw-nodes.js';
import type { InputField, WrittenFile, WrittenNode } from './written-file.js';
import type { YamlDocument } from './yaml-document.js';

/** The file without its nodes: those are checked one by one, so that a fault is reported for the form that was meant. */
const FileHead = WorkflowFile.extend({ tasks: z.array(z.unknown()).min(1) });

/** A node without a mistake of its own. */
export interface SoundNode extends Pick<WrittenNode, 'kind'> {
  fields: { id: string; title?: string; needs?: string[]; join?: 'all' | 'some' };
  /** Ids of the group that it stands in, and of the node before it where they take turns. */
  within?: string | undefined;
  previous?: string | undefined;
}

/** A file of which every part has the right shape. */
export interface Sound {
  head: z.infer<typeof FileHead>;
  nodes: SoundNode[];
}

interface Shape {
  problems: WorkflowProblem[];
  /** What is to be looked at further; absent when there are problems enough. */
  file?: WrittenFile;
  /** Present when there are none. */
  sound?: Sound;
}

export function readShape(document: YamlDocument): Shape {
  const problems: WorkflowProblem[] = [];
  const head = FileHead.safeParse(document.value);
  if (!head.success) problems.push(...describeAll(head.error, [], document));
  const sound: Sound['nodes'] = [];
  const written = new Map<RawNode, WrittenNode>();
  const ids = new Map<RawNode, SoundNode['fields']>();
  for (const raw of rawNodes(document.value)) {
    const { value, kind, path, within, previous } = raw;
    const parsed = kind.shape.safeParse(value);
    const place = { within: within && written.get(within), previous: previous && written.get(previous) };
    if (parsed.success) {
      const fields = parsed.data as SoundNode['fields'] & Record<string, unknown>;
      ids.set(raw, fields);
      sound.push({
        kind,
        fields,
        ...(within && { within: ids.get(within)?.id }),
        ...(previous && { previous: ids.get(previous)?.id }),
      });
      written.set(raw, { kind, path, ...place, wrong: NOTHING, id: fields.id, needs: fields.needs, fields });
    } else {
      problems.push(...describeAll(parsed.error, path, document));
      const part = soundPart(value, kind, path, parsed.error);
      if (part) written.set(raw, { ...part, ...place });
    }
    if (raw.depth > WORKFLOW_LIMITS.depth) {
      problems.push(document.problem('shape', path, `groups may stand within each other ${WORKFLOW_LIMITS.depth} deep`));
    }
    if (problems.length >= MAX_PROBLEMS) return { problems: problems.slice(0, MAX_PROBLEMS) };
  }
  const unfit = unfitValue(document);
  if (unfit && !problems.some(({ path }) => path === unfit.path)) problems.unshift(unfit);
  const nodes = [...written.values()];
  const file = { ...headOf(fieldsOf(document.value), head.error?.issues ?? []), nodes };
  return head.success && problems.length === 0
    ? { problems, file, sound: { head: head.data, nodes: sound } }
    : { problems, file };
}

const NOTHING: ReadonlySet<string> = new Set();

function headOf(head: Record<string, unknown>, issues: z.core.$ZodIssue[]): Omit<WrittenFile, 'nodes'> {
  const wrong = (...path: string[]) => issues.some((issue) => path.every((part, depth) => issue.path[depth] === part));
  const declared = head['input'] ?? {};
  return {
    ...(typeof head['workflow'] === 'string' && !wrong('workflow') && { workflowId: head['workflow'] }),
    ...(isObject(declared) && {
      input: new Map(
        Object.entries(declared).map(([name, field]) => [name, wrong('input', name) ? undefined : (field as InputField)]),
      ),
    }),
    output: head['output'],
  };
}

/** Of a node that has mistakes: what has none. */
function soundPart(node: unknown, kind: AnyKind, path: readonly PropertyKey[], { issues }: z.ZodError): WrittenNode | undefined {
  if (!isObject(node)) return undefined;
  const paths = issues.flatMap((issue) => (issue.path.length > 0 ? [issue.path] : []));
  const fields = paths.reduce<unknown>(without, node) as Record<string, unknown>;
  const { id, needs } = fields as Pick<WrittenNode, 'id' | 'needs'>;
  return { kind, path, wrong: new Set(paths.map(([field]) => String(field))), id, needs, fields };
}

/** A copy without what is at the path; an item of a list becomes empty text, so that the others keep their places. */
function without(value: unknown, [part, ...rest]: PropertyKey[]): unknown {
  if (part === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const item = rest.length > 0 ? without(value[part as number], rest) : '';
    return (value as unknown[]).with(part as number, item);
  }
  const { [part]: inner, ...others } = value as Record<PropertyKey, unknown>;
  return rest.length === 0 || inner === undefined ? others : { ...others, [part]: without(inner, rest) };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const fieldsOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});

/** An escape can write what the file itself must not hold, and a number can be larger than it will be read. */
function unfitValue(document: YamlDocument): WorkflowProblem | undefined {
  const fault = dataFault(document.value);
  if (!fault) return undefined;
  const path = fault.path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return document.problem('shape', path, fault.why);
}

function describeAll(error: z.ZodError, base: readonly PropertyKey[], document: YamlDocument): WorkflowProblem[] {
  return error.issues
    .values()
    .flatMap((issue) => describe(issue, base, document))
    .take(MAX_PROBLEMS)
    .toArray();
}

function* describe(issue: z.core.$ZodIssue, base: readonly PropertyKey[], document: YamlDocument): Generator<WorkflowProblem> {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) yield document.problem('unknown_field', path, `unknown field "${cutText(key, 100)}"`, key);
    return;
  }
  const last = path.at(-1);
  const message = problemWords(issue, path);
  if (typeof last === 'string') yield document.problem('shape', path.slice(0, -1), message, last);
  else yield document.problem('shape', path, message);
}
