import { parseWorkflow } from '../workflow/parse-workflow.js';
import type { WorkflowDefinition } from '../workflow/workflow-definition.js';

/** The shape of the example that ships with the product, without its scripts. */
export const releaseCheck = `workflow: release-check
title: Release check
input: { repository: { type: string } }
tasks:
  - { id: clone, role: check, run: [git, clone, "\${{ input.repository }}"], lease: 6s, timeout: 2m, retries: 1 }
  - { id: lint, role: check, needs: [clone], run: [lint, "\${{ tasks.clone.output.path }}"], lease: 6s }
  - { id: count, role: check, needs: [clone], run: [count, "\${{ tasks.clone.output.path }}"] }
  - { id: notes, role: notes, needs: [lint, count], run: [notes], handoff: { to: [reviewer, notes], hops: 1 } }
  - id: approve
    needs: [notes]
    gate: { action: { kind: publish, target: "release \${{ tasks.clone.output.tag }}", parameters: { tag: "\${{ tasks.clone.output.tag }}" } }, policy: release, brief: Publish it, expires: 1h }
  - { id: publish, role: publisher, after: approve, run: [publish, "\${{ tasks.notes.output.file }}"] }
`;

export function definitionOf(source: string): WorkflowDefinition {
  const parsed = parseWorkflow(source);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return parsed.definition;
}
