import type { Content } from '@agencyos/contracts';
import { attempt, scopeOf, type Unresolvable } from '../../run/resolving.js';
import type { RunPrepared } from '../../run/run-command.js';
import type { Run } from '../../run/run-state.js';
import { resolve, resolveText, UnresolvedReference } from '../../workflow/templates.js';
import { taskIdOf } from '../../workflow/workflow-definition.js';
import type { TaskNode, UsedFile } from './task-node.js';

/** What a worker is given: `{run?, env?, image?, input?, uses?, produces?}` with every template replaced. */
export function taskInput(node: TaskNode, run: Run, prepared: RunPrepared): { value: Record<string, unknown> } | Unresolvable {
  return attempt(() => {
    const scope = scopeOf(run, prepared);
    return {
      value: {
        ...(node.run && { run: node.run.map((argument) => resolveText(argument, scope)) }),
        ...(node.env && {
          env: Object.fromEntries(Object.entries(node.env).map(([name, value]) => [name, resolveText(value, scope)])),
        }),
        ...(node.image !== undefined && { image: node.image }),
        ...(node.input !== undefined && { input: resolve(node.input, scope) }),
        ...(node.uses && { uses: usedFiles(node.uses, run, prepared) }),
        ...(node.produces && { produces: node.produces }),
      },
    };
  });
}

function usedFiles(uses: readonly UsedFile[], run: Run, { definition }: RunPrepared): Record<string, Content> {
  return Object.fromEntries(
    uses.map(({ taskId, name }) => {
      const result = run.tasks.get(taskIdOf(definition, taskId))?.result;
      const file = result && 'artifacts' in result && result.artifacts.find((one) => one.name === name);
      if (!file) throw new UnresolvedReference(`${taskId}.${name} is not there: ${taskId} has not produced it`);
      const { digest, bytes, mediaType } = file;
      return [name, { digest, bytes, mediaType }];
    }),
  );
}
