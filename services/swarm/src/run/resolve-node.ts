import { cutText, LIMITS, type Action, type Content, type Json } from '@agencyos/contracts';
import { digestOf } from '@agencyos/runtime/digest';
import { resolve, resolveText, UnresolvedReference, valueAt, type TemplateScope } from '../workflow/templates.js';
import type { GateNode, TaskNode, UsedFile } from '../workflow/workflow-definition.js';
import type { RunPrepared } from './run-command.js';
import { inlineValue, type Run } from './run-state.js';
import { storedValue, type StoredValues } from './stored-outputs.js';

/** A step's input could not be made: it names what is not there, or is too large. */
export interface Unresolvable {
  unresolvable: string;
}

const TOO_LARGE = 'it has more than 16 KiB';
const TOO_MUCH = 'the action has more than 16 KiB of parameters';
/** What a guarded task takes at least where only the digest of its input is shown. */
const DIGEST_BYTES = 90;

export const isUnresolvable = (value: object): value is Unresolvable => 'unresolvable' in value;

/** What a worker is given: `{run?, env?, image?, input?, uses?, produces?}` with every template replaced. */
export function taskInput(node: TaskNode, run: Run, stored: StoredValues): { value: Record<string, unknown> } | Unresolvable {
  return attempt(() => {
    const scope = scopeOf(run, stored);
    return {
      value: {
        ...(node.run && { run: node.run.map((argument) => resolveText(argument, scope)) }),
        ...(node.env && {
          env: Object.fromEntries(Object.entries(node.env).map(([name, value]) => [name, resolveText(value, scope)])),
        }),
        ...(node.image !== undefined && { image: node.image }),
        ...(node.input !== undefined && { input: resolve(node.input, scope) }),
        ...(node.uses && { uses: usedFiles(node.uses, run) }),
        ...(node.produces && { produces: node.produces }),
      },
    };
  });
}

function usedFiles(uses: readonly UsedFile[], run: Run): Record<string, Content> {
  return Object.fromEntries(
    uses.map(({ taskId, name }) => {
      const result = run.tasks.get(taskId)?.result;
      const file = result && 'artifacts' in result && result.artifacts.find((one) => one.name === name);
      if (!file) throw new UnresolvedReference(`${taskId}.${name} is not there: ${taskId} has not produced it`);
      const { digest, bytes, mediaType } = file;
      return [name, { digest, bytes, mediaType }];
    }),
  );
}

/**
 * What people are asked to approve: the gate's own action, and under `guarded` the real input of every step behind it,
 * so that the approval holds for exactly that (or its digest, when it is too long to be shown whole). The digests of all
 * files that these steps use are among the artifacts: other bytes are another action.
 */
export function gateAction(
  node: GateNode,
  { definition, stored }: RunPrepared,
  run: Run,
): { action: Action; actionDigest: string } | Unresolvable {
  const made = attempt(() => {
    const scope = scopeOf(run, stored);
    const { kind, target, parameters = {}, artifacts } = node.action;
    const resolved = resolve(parameters, scope);
    const own = typeof resolved === 'object' && resolved !== null && !Array.isArray(resolved) ? resolved : { value: resolved };
    let [bytes, digestBytes] = [0, 0];
    const inputs = node.guards.map((taskId) => {
      const input = taskInput(definition.byId.get(taskId) as TaskNode, run, stored);
      if (isUnresolvable(input)) throw new UnresolvedReference(input.unresolvable);
      bytes += bytesOf(input.value);
      digestBytes += DIGEST_BYTES;
      // Neither form can be shown any more: the inputs of all that is guarded besides need not be made.
      if (Math.min(bytes, digestBytes) > LIMITS.inlineJsonBytes) throw new UnresolvedReference(TOO_MUCH);
      return [taskId, input.value] as const;
    });
    const whole = { ...own, ...(inputs.length > 0 && { guarded: Object.fromEntries(inputs) }) };
    const digests = inputs.map(([taskId, input]) => {
      const { uses } = input;
      return [taskId, { inputDigest: digestOf(input), ...(uses !== undefined && { uses }) }] as const;
    });
    const used = inputs.flatMap(([, { uses = {} }]) => Object.values(uses as Record<string, Content>));
    const value = fits(whole) ? whole : { ...own, guarded: Object.fromEntries(digests) };
    const allArtifacts = [...new Set([...artifacts, ...used.map(({ digest }) => digest)])];
    return { kind, target: resolveText(target, scope), parameters: { value }, artifacts: allArtifacts };
  });
  if (isUnresolvable(made)) return made;
  if (!fits(inlineValue(made.parameters))) return { unresolvable: TOO_MUCH };
  if (made.artifacts.length > LIMITS.listItems) return { unresolvable: `the action has more than ${LIMITS.listItems} files` };
  return { action: made, actionDigest: digestOf(made) };
}

/** The words under which an approval is asked for. */
export function gateBrief(node: GateNode, { stored }: RunPrepared, run: Run): Json {
  const written = node.brief ?? node.title;
  const made = attempt(() => ({ value: resolveText(written, scopeOf(run, stored)) }));
  const words = isUnresolvable(made) ? written : made.value;
  return { value: { summary: cutText(words, LIMITS.textCharacters) } };
}

/** The run's result: what the workflow says, else the output of its only last task, else nothing. */
export function runOutput({ definition, stored }: RunPrepared, run: Run): Json | Unresolvable {
  if (definition.output !== undefined) return attempt(() => ({ value: resolve(definition.output, scopeOf(run, stored)) }));
  const needed = new Set(definition.nodes.flatMap((node) => node.needs));
  const last = definition.nodes.filter((node) => node.kind === 'task' && !needed.has(node.id));
  const result = last.length === 1 ? run.tasks.get(last[0]!.id)?.result : undefined;
  return result && 'output' in result ? result.output : { value: null };
}

function scopeOf(run: Run, stored: StoredValues): TemplateScope {
  let left: number = LIMITS.inlineJsonBytes;
  return {
    take(characters) {
      if ((left -= characters) < 0) throw new UnresolvedReference(TOO_LARGE);
    },
    input: run.input,
    run: { id: run.runId, name: run.name },
    output(taskId, path) {
      const result = run.tasks.get(taskId)?.result;
      if (!result || !('output' in result)) throw new UnresolvedReference('has no value');
      return 'content' in result.output ? storedValue(stored, taskId, path) : valueAt(result.output.value, path);
    },
  };
}

function attempt<T extends object>(make: () => T): T | Unresolvable {
  try {
    const made = make();
    const tooLarge = 'value' in made && !fits(made.value);
    return tooLarge ? { unresolvable: TOO_LARGE } : made;
  } catch (error) {
    if (error instanceof UnresolvedReference) return { unresolvable: error.message };
    throw error;
  }
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');
const fits = (value: unknown) => bytesOf(value) <= LIMITS.inlineJsonBytes;
