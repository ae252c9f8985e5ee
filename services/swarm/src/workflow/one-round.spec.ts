import { describe, expect, it } from '@jest/globals';
import { parseWorkflow } from './parse-workflow.js';

const parsed = (yaml: string) => parseWorkflow(yaml);
const linesOf = (yaml: string): string[] => {
  const found = parsed(yaml);
  return 'problems' in found ? found.problems.map(({ line, message }) => `${line}: ${message}`) : [];
};

/** One of each kind: shape, repetition, default, references, graph, templates, files, guards. */
const EVERYTHING = `workflow: everything
title: 2024
input:
  count: { type: number, default: many }
cards: tasks
cards: run
tasks:
  - id: build
    role: check
    comand: [make]
    produces: { notes: notes.md }
  - id: build
    role: check
    run: npm test
  - id: lint
    role: check
    needs: [nobody]
  - id: first
    role: check
    needs: [second]
  - id: second
    role: check
    needs: [first]
  - id: late
    role: check
    run: [report, "\${{ tasks.build.output.path }}", "\${{ input.cuont }}"]
    timeout: forever
  - id: reader
    role: check
    needs: [build]
    uses: [build.nots]
  - id: ask
    gate:
      action: { kind: publish, target: t }
      brief: "\${{ env.HOME }}"
      expires: soon
  - id: publish
    role: publisher
    after: ask
    run: [node, publish.mjs]
  - id: deploy
    role: publisher
    after: late
output: "\${{ tasks.nothing.output }}"
`;

describe('the mistakes of a workflow file (fault 37)', () => {
  it('are told all at once, in the order of the file, by their names and in plain words', () => {
    expect(linesOf(EVERYTHING)).toEqual([
      '2: title: a text is wanted, not a number: put it in quotes',
      '4: the default of "count" is no number',
      '6: the key "cards" stands here twice',
      '10: unknown field "comand"',
      '12: "build" is already the id of line 8',
      '14: run: a list is wanted, not a text, e.g. [npm, test]: a command is a list of words, never a line for a shell',
      '17: "lint" needs "nobody", which does not exist',
      '20: cycle: first → second → first',
      '26: "build" is not among what this needs, so it may not be finished by then',
      '26: the workflow declares no input "cuont"',
      '27: timeout: a duration is a whole number with ms, s, m, h or d, for example 30s',
      '31: "build" produces no "nots", only "notes"',
      '35: "env.HOME" is no reference: use input.<name>, tasks.<id>.output.<path>, uses.<name>, run.id or run.name',
      '36: expires: a duration is a whole number with ms, s, m, h or d, for example 30s',
      '40: "publish" is guarded, and "publish.mjs" is not part of what is approved: let an earlier task produce it, name it under uses and run uses/<name>, or give its absolute path in a folder that the worker mounts read-only',
      '43: "late" is no gate',
      '44: there is no task "nothing"',
    ]);
  });

  it('name gates whose policies are still to be asked for, though other things are wrong', () => {
    const { gates, workflowId } = parsed(EVERYTHING.replace('      expires: soon\n', ''));
    expect(workflowId).toBe('everything');
    expect(gates).toEqual([{ name: '"ask"', kind: 'publish', at: { path: 'tasks[7].gate', line: 33, column: 5 } }]);
  });

  it.each([
    ['what a task needs', 'needs: build', 'run: [x, "${{ tasks.build.output.path }}"]'],
    ['what a task uses', 'uses: build.notes', 'run: [cat, uses/notes, "${{ uses.notes }}"]'],
    ['one of its files', 'uses: [notes]', 'run: [cat, "${{ uses.notes }}"]'],
  ])('are not guessed from what a mistake leaves open: %s', (_, wrong, right) => {
    const tasks = `  - { id: build, role: r, produces: { notes: n } }\n  - id: b\n    role: r\n    ${wrong}\n    ${right}\n`;
    const lines = linesOf(`workflow: w\ntitle: W\ntasks:\n${tasks}`);
    expect(lines).toEqual([expect.stringMatching(/^7: (needs|uses): |^7: a file of an earlier task/)]);
  });

  it('of the files that a task produces are not told of those who use them', () => {
    const tasks = '  - { id: a, role: r, produces: [notes.md] }\n  - { id: b, role: r, needs: [a], uses: [a.notes] }\n';
    expect(linesOf(`workflow: w\ntitle: W\ntasks:\n${tasks}`)).toEqual([expect.stringMatching(/^4: produces: /)]);
  });
});
