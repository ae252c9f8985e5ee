import type { Json } from '@agencyos/contracts';
import { kindOf } from '../kinds/index.js';
import { resolve } from '../workflow/templates.js';
import { attempt, scopeOf, type Unresolvable } from './resolving.js';
import type { RunPrepared } from './run-command.js';
import type { Run } from './run-state.js';

/** The run's result: what the workflow says, else the output of its only last task, else nothing. */
export function runOutput(prepared: RunPrepared, run: Run): Json | Unresolvable {
  const { definition } = prepared;
  if (definition.output !== undefined) return attempt(() => ({ value: resolve(definition.output, scopeOf(run, prepared)) }));
  const needed = new Set(definition.nodes.flatMap((node) => node.needs));
  const last = definition.nodes.filter((node) => node.within === undefined && kindOf(node).hasOutput && !needed.has(node.id));
  const result = last.length === 1 ? run.tasks.get(last[0]!.taskId)?.result : undefined;
  return result && 'output' in result ? result.output : { value: null };
}
