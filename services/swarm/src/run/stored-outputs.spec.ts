import type { RunCommand } from '@agencyos/contracts';
import { MemoryContentStore } from '@agencyos/runtime/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { RunSimulation, shortNames } from '../testing/run-simulation.js';
import { definitionOf } from '../testing/sample-workflow.js';
import { StoredOutputs } from './stored-outputs.js';

const definition = definitionOf(`workflow: w
title: W \${{ not a template here }}
output: \${{ tasks.a.output.list.1 }}
tasks:
  - { id: a, role: r, run: [a] }
  - { id: b, role: r, needs: [a], run: [b, "\${{ tasks.a.output.path }}"], input: "\${{ tasks.a.output.list }}" }
  - { id: c, role: r, needs: [b], run: [c], input: "\${{ tasks.a.output }}" }
`);

let content: MemoryContentStore;
let outputs: StoredOutputs;
let run: RunSimulation;
beforeEach(() => {
  content = new MemoryContentStore();
  outputs = new StoredOutputs(content);
  run = RunSimulation.started(definition, {});
});

async function succeed(taskId: string, bytes: Uint8Array) {
  const output = { content: await content.put(bytes, 'application/json') };
  const data = {
    ...{ runId: run.run.runId, taskId, attempt: 1, output, artifacts: [] },
    usage: run.run.usage,
  };
  run.claim(taskId);
  run.stored = await outputs.of(run.run, definition, { type: 'SucceedTask', data } as RunCommand);
  return run.do('SucceedTask', data);
}
const large = (more: object) => Buffer.from(JSON.stringify({ ...more, fill: 'x'.repeat(20_000) }));

/** Fault 24: an output of more than 16 KB made the next step fail with "there is no path". */
describe('an output in the content store (fault 24)', () => {
  it('gives the next step what its templates name, in the append that ends the task', async () => {
    const events = await succeed('a', large({ path: '/p', list: [1, { two: 2 }] }));
    expect(shortNames(events)).toEqual(['TaskSucceeded(a,1)', 'TaskScheduled(b,1)']);
    expect(events[1]!.data).toMatchObject({ input: { value: { run: ['b', '/p'], input: [1, { two: 2 }] } } });
  });

  it('says that a value is too large for a step, and how large', async () => {
    await succeed('a', large({ path: '/p', list: [] }));
    const [, , failed] = run.complete('b');
    expect(failed).toMatchObject({
      type: 'TaskFailed',
      data: { fault: { code: 'input_unresolved', message: expect.stringContaining('has 20') } },
    });
  });

  it.each([
    ['no JSON', Buffer.from('x'.repeat(20_000)), 'is not JSON'],
    ['NUL in it (fault 1)', large({ path: 'a\0b' }), 'must hold no NUL'],
    ['half of a pair in it (fault 2)', large({ path: '\ud83d' }), 'must hold no half'],
    ['a number too large (fault 3)', Buffer.from(`{"path": 1e400, "fill": "${'x'.repeat(20_000)}"}`), '2^53'],
    ['nesting without end', Buffer.from('['.repeat(20_000)), 'deeper than 32'],
    ['an output without the value', large({ list: [] }), 'there is no "path"'],
  ])('says what is wrong with %s', async (_, bytes, message) => {
    const [, , failed] = await succeed('a', bytes);
    expect(failed).toMatchObject({ data: { fault: { message: expect.stringContaining(message) } } });
  });

  it('is refused when nobody has stored it', async () => {
    const absent = { digest: `sha256:${'0'.repeat(64)}`, bytes: 20_000, mediaType: 'application/json' };
    const data = { taskId: 'a', output: { content: absent }, artifacts: [] };
    await expect(outputs.of(run.run, definition, { type: 'SucceedTask', data } as unknown as RunCommand)).rejects.toMatchObject({
      code: 'content_missing',
    });
  });
});
