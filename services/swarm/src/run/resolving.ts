import { LIMITS } from '@agencyos/contracts';
import { UnresolvedReference, valueAt, type TemplateScope } from '../workflow/templates.js';
import { taskIdOf } from '../workflow/workflow-definition.js';
import type { Run } from './run-state.js';
import type { RunPrepared } from './run-command.js';
import { storedValue } from './stored-outputs.js';

/** A step's input could not be made: it names what is not there, or is too large. */
export interface Unresolvable {
  unresolvable: string;
}

export const isUnresolvable = (value: object): value is Unresolvable => 'unresolvable' in value;

const TOO_LARGE = 'it has more than 16 KiB';

/** What templates see. */
export function scopeOf(run: Run, { definition, stored }: RunPrepared): TemplateScope {
  let left: number = LIMITS.inlineJsonBytes;
  return {
    take(characters) {
      if ((left -= characters) < 0) throw new UnresolvedReference(TOO_LARGE);
    },
    input: run.input,
    run: { id: run.runId, name: run.name },
    output(nodeId, path) {
      const taskId = taskIdOf(definition, nodeId);
      const result = run.tasks.get(taskId)?.result;
      if (!result || !('output' in result)) throw new UnresolvedReference('has no value');
      return 'content' in result.output ? storedValue(stored, taskId, path) : valueAt(result.output.value, path);
    },
  };
}

/** What could be made, or why it could not. */
export function attempt<T extends object>(make: () => T): T | Unresolvable {
  try {
    const made = make();
    const tooLarge = 'value' in made && !fits(made.value);
    return tooLarge ? { unresolvable: TOO_LARGE } : made;
  } catch (error) {
    if (error instanceof UnresolvedReference) return { unresolvable: error.message };
    throw error;
  }
}

export const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');
export const fits = (value: unknown) => bytesOf(value) <= LIMITS.inlineJsonBytes;
