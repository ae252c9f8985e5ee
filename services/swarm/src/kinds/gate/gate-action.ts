import { cutText, LIMITS, type Action, type Content, type Json } from '@agencyos/contracts';
import { digestOf } from '@agencyos/runtime/digest';
import { attempt, bytesOf, fits, isUnresolvable, scopeOf, type Unresolvable } from '../../run/resolving.js';
import type { RunPrepared } from '../../run/run-command.js';
import { inlineValue, type Run } from '../../run/run-state.js';
import { resolve, resolveText, UnresolvedReference } from '../../workflow/templates.js';
import { taskInput } from '../task/task-input.js';
import type { TaskNode } from '../task/task-node.js';
import type { GateNode } from './gate-node.js';

const TOO_MUCH = 'the action has more than 16 KiB of parameters';
/** What a guarded task takes at least where only the digest of its input is shown. */
const DIGEST_BYTES = 90;

/**
 * What people are asked to approve: the gate's own action, and under `guarded` the real input of every step behind it,
 * so that the approval holds for exactly that (or its digest, when it is too long to be shown whole). The digests of all
 * files that these steps use are among the artifacts: other bytes are another action.
 */
export function gateAction(
  node: GateNode,
  prepared: RunPrepared,
  run: Run,
): { action: Action; actionDigest: string } | Unresolvable {
  const made = attempt(() => {
    const scope = scopeOf(run, prepared);
    const { kind, target, parameters = {}, artifacts } = node.action;
    const resolved = resolve(parameters, scope);
    const own = typeof resolved === 'object' && resolved !== null && !Array.isArray(resolved) ? resolved : { value: resolved };
    let [bytes, digestBytes] = [0, 0];
    const inputs = node.guards.map((taskId) => {
      const input = taskInput(prepared.definition.byId.get(taskId) as TaskNode, run, prepared);
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
export function gateBrief(node: GateNode, prepared: RunPrepared, run: Run): Json {
  const written = node.brief ?? node.title;
  const made = attempt(() => ({ value: resolveText(written, scopeOf(run, prepared)) }));
  const words = isUnresolvable(made) ? written : made.value;
  return { value: { summary: cutText(words, LIMITS.textCharacters) } };
}
