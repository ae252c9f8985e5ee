import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseWorkflow } from './parse-workflow.js';
import type { WorkflowDefinition } from './workflow-definition.js';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

function definitionOf(source: string): WorkflowDefinition {
  const parsed = parseWorkflow(source);
  if (!('definition' in parsed)) throw new Error(JSON.stringify(parsed.problems));
  return parsed.definition;
}

/** What newcomers copy: it parses, and the step behind the gate is part of what is approved. */
describe.each([
  ['README.md', /```yaml\n([\s\S]*?)```/.exec(readme)![1]!],
  ['the release check', readFileSync(join(root, 'examples', 'release-check', 'workflow.yaml'), 'utf8')],
])('the workflow of %s', (_, source) => {
  it('guards its last step by its gate', () => {
    const { byId } = definitionOf(source);
    expect(byId.get('approve')).toMatchObject({ kind: 'gate', guards: ['publish'] });
    expect(byId.get('publish')).toMatchObject({ kind: 'task', after: 'approve', needs: ['approve'] });
  });
});
