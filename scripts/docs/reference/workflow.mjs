import { jsonSchema } from '../../../contracts/scripts/json-schema.mjs';
import { fieldsOf, kindOf, table, written } from './fields.mjs';

/** The fields of a workflow file, its limits, and what may be wrong with it. */
export function workflowPage({ WorkflowFile, WorkflowProblem, WORKFLOW_LIMITS }) {
  const codes = jsonSchema(WorkflowProblem).properties.code.enum;
  return [
    '# Workflow file',
    written('the contracts'),
    `YAML 1.2. What the fields do, with an example of each: [services/swarm](../../services/swarm/README.md#workflow-file). A first one, step
by step: [the tutorial](../tutorial/first-workflow.md).`,
    '## Fields',
    table(['field', 'what it may be'], rowsOf(jsonSchema(WorkflowFile))),
    '## Limits',
    table(
      ['limit', ''],
      Object.entries(WORKFLOW_LIMITS).map(([name, value]) => [
        `\`${name}\``,
        typeof value === 'object' ? `${value.min} to ${value.max}` : value,
      ]),
    ),
    '## What may be wrong with it',
    `\`definition_invalid\` lists every mistake with line and column, each with one of these codes: ${codes.map((code) => `\`${code}\``).join(', ')}.`,
  ].join('\n\n');
}

function rowsOf(schema, path = '') {
  return fieldsOf(schema).flatMap(({ name, required, schema: of }) => {
    const at = `${path}${name}`;
    const row = [`\`${at}\`${required ? '' : ', if wanted'}`, kindOf(of)];
    return [row, ...inside(of, at)];
  });
}

/** Of an object its fields, of a list or a map those of each of its items. */
function inside(schema, at) {
  const options = schema.anyOf ?? schema.oneOf;
  if (schema.properties || options?.some(({ properties }) => properties)) return rowsOf(schema, `${at}.`);
  if (schema.type === 'array') return inside(schema.items ?? {}, `${at}[]`);
  const values = schema.additionalProperties;
  return values && typeof values === 'object' ? inside(values, `${at}.<name>`) : [];
}
