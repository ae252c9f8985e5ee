import { describe, expect, it } from '@jest/globals';
import { parseWorkflow } from '../../workflow/parse-workflow.js';

const head = 'workflow: w\ntitle: W\ntasks:\n';
const producer = '  - { id: a, role: r, produces: { notes: out/notes.md, steps: steps } }\n';
const gate = '  - { id: g, needs: [a], gate: { action: { kind: publish, target: t } } }\n';
const problemsOf = (source: string) => {
  const parsed = parseWorkflow(`${head}${source}`);
  return 'problems' in parsed ? parsed.problems : [];
};

describe('files that tasks share by name (fault 6)', () => {
  it('are used by later tasks, under their names in templates', () => {
    const parsed = parseWorkflow(
      `${head}${producer}  - { id: b, role: r, needs: [a], uses: [a.notes], run: [x, "\${{ uses.notes }}"] }\n`,
    );
    if (!('definition' in parsed)) throw new Error(JSON.stringify(parsed.problems));
    expect(parsed.definition.byId.get('a')).toMatchObject({ produces: { notes: 'out/notes.md', steps: 'steps' } });
    expect(parsed.definition.byId.get('b')).toMatchObject({ uses: [{ taskId: 'a', name: 'notes' }] });
  });

  it.each([
    ['uses: [c.notes]', 'there is no task "c"'],
    ['uses: [g.notes]', '"g" is a gate and produces no files'],
    ['uses: [a.nots]', '"a" produces no "nots", only "notes", "steps"'],
    ['uses: [z.notes]', '"z" is not among what "b" needs'],
    ['uses: [y.notes]', '"y" produces nothing: say what under produces, as { notes: path }'],
    ['uses: [a.notes, w.notes]', '"b" uses two files named "notes"'],
  ])('%s is refused with line and path', (uses, message) => {
    const others =
      '  - { id: y, role: r }\n  - { id: w, role: r, produces: { notes: n } }\n  - { id: z, role: r, produces: { notes: n } }\n';
    const problems = problemsOf(`${producer}${gate}${others}  - id: b\n    role: r\n    needs: [a, g, y, w]\n    ${uses}\n`);
    expect(problems).toEqual([
      expect.objectContaining({
        code: 'bad_uses',
        line: 12,
        path: expect.stringMatching(/^tasks\[5\]\.uses\[[01]\]$/),
        message: expect.stringContaining(message),
      }),
    ]);
  });

  it.each(['/etc/passwd', '../x', 'a/../../x', 'a/..', '.', './a', 'a//b', 'a\\b', 'uses/notes', '.agencyos', ''])(
    'never lie outside the workspace: %j',
    (path) => {
      expect(problemsOf(`  - id: a\n    role: r\n    produces: { notes: ${JSON.stringify(path)} }\n`)).toEqual([
        expect.objectContaining({ code: 'shape', line: 6 }),
      ]);
    },
  );

  it('are named in templates and arguments only by who uses them', () => {
    const b = (run: string) => `${producer}  - { id: b, role: r, needs: [a], uses: [a.notes], run: ${run} }\n`;
    expect(problemsOf(b('[x, "${{ uses.steps }}"]'))).toMatchObject([
      { code: 'bad_template', message: '"steps" is not among what this uses' },
    ]);
    expect(problemsOf(b('[node, uses/steps/x.mjs]'))).toMatchObject([
      { code: 'bad_uses', path: 'tasks[1].run[1]', message: expect.stringContaining('as <task>.steps') },
    ]);
  });
});

describe('a guarded task (fault 10)', () => {
  const guarded = (run: string) =>
    problemsOf(`${producer}${gate}  - { id: p, role: r, after: g, uses: [a.steps], run: ${run} }\n`);

  it.each([
    '[publish, x]',
    '[node, uses/steps/publish.mjs]',
    '[uses/steps/publish]',
    '["${{ uses.steps }}/publish"]',
    '[node, /opt/steps/publish.mjs]',
    '[node, -e, "console.log(1)"]',
    '[node, "${{ run.name }}/publish.mjs"]',
  ])('may run %s', (run) => {
    expect(guarded(run)).toEqual([]);
  });

  it.each([
    ['[node, steps/publish.mjs]', 1],
    ['[node, publish.mjs]', 1],
    ['[bash, ../deploy.sh]', 1],
    ['[./deploy]', 0],
  ])('may not run %s, which no approval covers', (run, index) => {
    expect(guarded(run)).toEqual([
      expect.objectContaining({
        code: 'unapproved_file',
        path: `tasks[2].run[${index}]`,
        message: expect.stringContaining('let an earlier task produce it'),
      }),
    ]);
  });
});
