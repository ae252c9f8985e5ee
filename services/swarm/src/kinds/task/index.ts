import { TaskNodeForm } from '@agencyos/contracts';
import { defineKind } from '../kind.js';
import { attendTask } from './attend-task.js';
import { checkFiles } from './check-files.js';
import { checkGuard } from './check-guard.js';
import { planTask, type TaskFields, type TaskNode } from './task-node.js';

export const taskKind = defineKind<TaskFields, TaskNode>({
  name: 'task',
  hasOutput: true,
  shape: TaskNodeForm,
  /** Its gate, when it says nothing else. */
  needs: ({ after }) => (after === undefined ? [] : [after]),
  *check(node, checking) {
    yield* checkGuard(node, checking);
    yield* checkFiles(node, checking);
  },
  templates: ({ run, env, input }) => ({ run, env, input }),
  plan: planTask,
  templated: ({ run, env, input }) => [run, env, input],
  roles: ({ role, handoff }) => [role, ...(handoff?.to ?? [])],
  attend: attendTask,
  look: ({ handoff }) => (handoff ? { routes: handoff.to } : {}),
});
