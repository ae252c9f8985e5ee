import { type Refusable, rejection } from '@agencyos/decider';
import type { WorkflowDefinition } from './workflow-definition.js';

type FieldType = WorkflowDefinition['input'][string]['type'];

export function valueFits(type: FieldType, value: unknown): boolean {
  switch (type) {
    case 'list':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

/** What a run is given, checked against what the workflow declares, defaults filled in. @throws Rejection input_invalid */
export function runInput(
  command: Refusable<'input_invalid'>,
  definition: WorkflowDefinition,
  given: unknown,
): Record<string, unknown> {
  const refuse = (field: string, detail: string) => rejection(command, 'input_invalid', { field: `input.${field}`, detail });
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const detail = 'The input is an object with a member per field.';
    throw rejection(command, 'input_invalid', { field: 'input', detail });
  }
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(definition.input, name));
  if (unknown !== undefined) throw refuse(unknown, `The workflow declares no input "${unknown}".`);
  const result: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(definition.input)) {
    const value = Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : field.default;
    if (value !== undefined && !valueFits(field.type, value)) throw refuse(name, `"${name}" must be a ${field.type}.`);
    if (value !== undefined) result[name] = value;
    else if (field.required ?? true) throw refuse(name, `"${name}" is required.`);
  }
  return result;
}
