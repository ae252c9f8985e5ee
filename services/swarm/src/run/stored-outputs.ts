import { dataFault, LIMITS, nestedDeeperThan, type Content, type RunCommand } from '@agencyos/contracts';
import { type Refusable, rejection } from '@agencyos/decider';
import type { ContentStore } from '@agencyos/runtime';
import { templated } from '../workflow/check-templates.js';
import { expressionsIn, parseExpression, UnresolvedReference, valueAt } from '../workflow/templates.js';
import type { WorkflowDefinition } from '../workflow/workflow-definition.js';
import type { Run } from './run-state.js';

/** Values by their path, `a.b`; what leads nowhere or is too large is a sentence that says so. */
type Values = ReadonlyMap<string, { value: unknown } | { missing: string }>;
/** By task: what templates take out of its stored output. */
export type StoredValues = ReadonlyMap<string, Values>;

const KEPT_OUTPUTS = 500;

/**
 * Outputs in the content store as templates see them. Of an output of up to 16 MiB only the values are kept that the
 * workflow names: each has to fit into an event, or the step that wants it cannot begin.
 */
export class StoredOutputs {
  private readonly known = new Map<string, Values>();
  private readonly paths = new WeakMap<WorkflowDefinition, Map<string, string[][]>>();

  constructor(private readonly content: ContentStore) {}

  /** Those of the tasks that have ended, and of the one that a command ends now. */
  async of(run: Run, definition: WorkflowDefinition, command: RunCommand): Promise<StoredValues> {
    const digests = new Map<string, string>();
    for (const taskId of run.storedOutputs) {
      const result = run.tasks.get(taskId)?.result;
      if (result && 'output' in result && 'content' in result.output) digests.set(taskId, result.output.content.digest);
    }
    if (command.type === 'SucceedTask') {
      const { data } = command;
      const given = 'content' in data.output ? [data.output.content] : [];
      await this.requireStored(command, [...given, ...data.artifacts]);
      for (const { digest } of given) digests.set(data.taskId, digest);
    }
    const stored = new Map<string, Values>();
    for (const [taskId, digest] of digests) {
      const paths = this.pathsIn(definition).get(run.tasks.get(taskId)?.nodeId ?? '');
      if (paths) stored.set(taskId, await this.values(digest, paths));
    }
    return stored;
  }

  /** A result is recorded only when what it refers to can be read. @throws Rejection content_missing */
  private async requireStored(command: Refusable<'content_missing'>, contents: readonly Content[]): Promise<void> {
    for (const { digest, name } of contents) {
      if (await this.content.has(digest)) continue;
      const detail = `${name ?? 'The output'} (${digest}) is not in the content store: store it first.`;
      throw rejection(command, 'content_missing', { detail });
    }
  }

  private async values(digest: string, paths: string[][]): Promise<Values> {
    const key = [digest, ...paths.map(keyOf)].join('\n');
    const known = this.known.get(key);
    if (known) return known;
    const content = await this.content.get(digest);
    if (!content) return missing(paths, 'is not in the content store');
    const values = valuesIn(content.bytes, paths);
    this.known.set(key, values);
    if (this.known.size > KEPT_OUTPUTS) this.known.delete(this.known.keys().next().value!);
    return values;
  }

  private pathsIn(definition: WorkflowDefinition): Map<string, string[][]> {
    const found = this.paths.get(definition) ?? outputPaths(definition);
    this.paths.set(definition, found);
    return found;
  }
}

/** @throws UnresolvedReference */
export function storedValue(stored: StoredValues, taskId: string, path: readonly string[]): unknown {
  const found = stored.get(taskId)?.get(keyOf(path)) ?? { missing: 'has no value' };
  if ('missing' in found) throw new UnresolvedReference(found.missing);
  return found.value;
}

/** Every path that the workflow's templates take out of the output of a task. */
function outputPaths({ nodes, output }: WorkflowDefinition): Map<string, string[][]> {
  const byTask = new Map<string, Map<string, string[]>>();
  for (const { expression } of expressionsIn([nodes.map(templated), output])) {
    const reference = parseExpression(expression);
    if (reference.of !== 'task') continue;
    const paths = byTask.get(reference.taskId) ?? new Map<string, string[]>();
    byTask.set(reference.taskId, paths.set(keyOf(reference.path), reference.path));
  }
  return new Map([...byTask].map(([taskId, paths]) => [taskId, [...paths.values()]]));
}

function valuesIn(bytes: Uint8Array, paths: string[][]): Values {
  let output: unknown;
  try {
    const json = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (nestedDeeperThan(json, LIMITS.jsonDepth)) return missing(paths, `is nested deeper than ${LIMITS.jsonDepth} levels`);
    output = JSON.parse(json);
  } catch {
    return missing(paths, 'is not JSON');
  }
  return new Map(paths.map((path) => [keyOf(path), found(output, path)]));
}

function found(output: unknown, path: string[]): { value: unknown } | { missing: string } {
  try {
    const value = valueAt(output, path);
    const fault = dataFault(value);
    if (fault) return { missing: `cannot be used: ${fault.path && `${fault.path} `}${fault.why}` };
    const bytes = Buffer.byteLength(JSON.stringify(value));
    if (bytes <= LIMITS.inlineJsonBytes) return { value };
    const detail = `has ${bytes} bytes; a step is given at most ${LIMITS.inlineJsonBytes}`;
    return { missing: `${detail}. Take a part of it, or hand it over as a file` };
  } catch (error) {
    if (error instanceof UnresolvedReference) return { missing: error.message };
    throw error;
  }
}

const missing = (paths: string[][], why: string): Values => new Map(paths.map((path) => [keyOf(path), { missing: why }]));
const keyOf = (path: readonly string[]): string => path.join('.');
