import type { WorkflowProblem } from '@agencyos/contracts';
import { named, type WrittenNode } from '../../workflow/written-file.js';
import type { Checking } from '../kind.js';
import type { ParallelFields } from './index.js';

/** No more may be wanted than there are. */
export function checkNeed(node: WrittenNode<Partial<ParallelFields>>, { document }: Checking): WorkflowProblem[] {
  const { need, tasks = [] } = node.fields.parallel ?? {};
  if (typeof need !== 'number' || need <= tasks.length || node.wrong.has('parallel')) return [];
  const message = `${named(node)} needs ${need} of ${tasks.length}`;
  return [document.problem('shape', [...node.path, 'parallel'], message, 'need')];
}
