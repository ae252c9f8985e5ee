import { describe, expect, it } from '@jest/globals';
import { checkDocument, parseWorkflow } from './parse-workflow.js';
import { resolve, resolveText, UnresolvedReference } from './templates.js';
import { YamlDocument } from './yaml-document.js';

const head = 'workflow: w\ntitle: W\ntasks:\n';
const problemsOf = (source: string) => {
  const parsed = parseWorkflow(source);
  return 'problems' in parsed ? parsed.problems : [];
};

describe('a workflow file', () => {
  it('becomes a specification with defaults, in an order that respects needs', () => {
    const parsed = parseWorkflow(`workflow: release-check
title: Release check
input: { repository: { type: string } }
tasks:
  - { id: notes, role: notes, needs: [clone], run: [node, "\${{ tasks.clone.output.path }}"] }
  - id: clone
    role: check
    run: [git, clone, "\${{ input.repository }}"]
    lease: 6s
    timeout: 2m
    retries: 1
`);
    if (!('definition' in parsed)) throw new Error(JSON.stringify(parsed.problems));
    expect(parsed.definition.nodes.map(({ id }) => id)).toEqual(['clone', 'notes']);
    expect(parsed.definition.nodes[0]).toMatchObject({
      leaseMs: 6_000,
      timeoutMs: 120_000,
      retries: 1,
      backoffMs: 1_000,
    });
    expect(parsed.definition.nodes[1]).toMatchObject({ leaseMs: 30_000, timeoutMs: 600_000, retries: 2 });
    expect(parsed.definition.roles).toEqual(['check', 'notes']);
  });

  it('shows the path of a cycle and its line', () => {
    const [problem] = problemsOf(
      `${head}  - {id: a, role: r, needs: [c]}\n  - {id: b, role: r, needs: [a]}\n  - {id: c, role: r, needs: [b]}\n`,
    );
    expect(problem).toMatchObject({ code: 'cycle', message: 'cycle: a → c → b → a', line: 4 });
  });

  it('names duplicate ids and dangling needs by line', () => {
    const problems = problemsOf(
      `${head}  - {id: a, role: r}\n  - {id: a, role: r}\n  - id: b\n    role: r\n    needs: [nobody]\n`,
    );
    expect(problems).toEqual([
      expect.objectContaining({ code: 'duplicate_id', line: 5, message: '"a" is already the id of line 4' }),
      expect.objectContaining({
        code: 'dangling_need',
        line: 8,
        message: '"b" needs "nobody", which does not exist',
      }),
    ]);
  });

  it('names an unknown field with its line', () => {
    expect(problemsOf(`${head}  - id: a\n    role: r\n    comand: [x]\n`)).toEqual([
      expect.objectContaining({ code: 'unknown_field', path: 'tasks[0].comand', line: 6, column: 5 }),
    ]);
  });

  it.each([
    ['timeout: -1s', 'timeout'],
    ['timeout: 25h', 'timeout'],
    ['timeout: forever', 'timeout'],
    ['lease: 1ms', 'lease'],
    ['retries: -1', 'retries'],
    ['retries: 11', 'retries'],
    ['retries: .inf', 'retries'],
    ['retries: .nan', 'retries'],
    ['run: rm -rf /', 'run'],
  ])('refuses %s', (field, name) => {
    expect(problemsOf(`${head}  - id: a\n    role: r\n    ${field}\n`)).toEqual([
      expect.objectContaining({ code: 'shape', path: `tasks[0].${name}`, line: 6 }),
    ]);
  });

  it('keeps shell metacharacters as they are, in one argument', () => {
    const parsed = parseWorkflow(`${head}  - {id: a, role: r, run: [echo, "a; rm -rf $HOME | cat > x && \`id\`"]}\n`);
    expect('definition' in parsed && parsed.definition.nodes[0]).toMatchObject({
      run: ['echo', 'a; rm -rf $HOME | cat > x && `id`'],
    });
  });

  it('states the limit of tasks', () => {
    const nodes = Array.from({ length: 10_001 }, (_, n) => `- {id: t${n},role: r}\n`).join('');
    expect(problemsOf(`${head}${nodes}`)).toEqual([
      expect.objectContaining({ code: 'too_many_nodes', message: expect.stringContaining('at most 10000') }),
    ]);
  });

  it('states the limit of bytes', () => {
    expect(problemsOf(`${head}# ${'x'.repeat(300_000)}`)).toEqual([expect.objectContaining({ code: 'too_large' })]);
  });

  it.each([
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
        .split('')
        .map((l, i) => `${l}: &${l} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(',')}]`)
        .join('\n')}\n`,
      'its aliases expand to too much',
    ],
    ['many aliases', `a: &a x\nb: [${Array(5_000).fill('*a').join(',')}]\n`, 'at most 100 are allowed'],
  ])('refuses %s by counting aliases, before it is expanded', (_, source, message) => {
    expect(problemsOf(source)).toEqual([
      expect.objectContaining({ code: 'too_large', message: expect.stringContaining(message) }),
    ]);
  });

  it.each([
    ['open brackets', '['.repeat(100_000), 'nested too deeply'],
    ['nested lists', '- '.repeat(100_000), 'nested too deeply'],
    ['NUL', 'workflow: a\0b', 'NUL'],
  ])('refuses %s before it is read any further', (_, source, message) => {
    expect(problemsOf(source)).toEqual([expect.objectContaining({ code: 'yaml', message: expect.stringContaining(message) })]);
  });

  it.each([
    ['a merge', `a: &a {x: 1}\nb: {<<: *a}\n`, 'the key "<<" is not allowed'],
    ['a prototype key', '__proto__: {x: 1}\n', 'the key "__proto__" is not allowed'],
    ['a repeated key', 'workflow: a\nworkflow: b\n', 'stands here twice'],
  ])('refuses %s, beside what else is wrong', (_, source, message) => {
    const problems = problemsOf(source);
    expect(problems).toContainEqual(expect.objectContaining({ code: 'yaml', message: expect.stringContaining(message) }));
    expect(problems).toContainEqual(expect.objectContaining({ message: 'title: is missing' }));
  });

  it.each([
    ['no YAML', 'workflow: [a\ntitle: }'],
    ['a tag', 'workflow: !!js/function "x"\n'],
    ['nothing', ''],
    ['a scalar', 'x'],
  ])('refuses %s', (_, source) => {
    expect(problemsOf(source).length).toBeGreaterThan(0);
  });

  it.each([
    ['a template without meaning', 'run: [x, "${{ env.HOME }}"]', 'is no reference'],
    ['an undeclared input', 'run: [x, "${{ input.y }}"]', 'declares no input "y"'],
    ['an unknown task', 'run: [x, "${{ tasks.b.output.y }}"]', 'there is no task "b"'],
    ['its own output', 'run: [x, "${{ tasks.a.output.y }}"]', 'may not be finished'],
  ])('refuses %s', (_, field, message) => {
    expect(problemsOf(`${head}  - id: a\n    role: r\n    ${field}\n`)).toEqual([
      expect.objectContaining({
        code: 'bad_template',
        path: 'tasks[0].run[1]',
        line: 6,
        message: expect.stringContaining(message),
      }),
    ]);
  });

  it('lets a guarded task need its gate only, and never be handed off', () => {
    const gate = `  - {id: a, role: r}\n  - {id: g, needs: [a], gate: {action: {kind: publish, target: t}}}\n`;
    expect(problemsOf(`${head}${gate}  - {id: p, role: r, after: g, needs: [a, g]}\n`)).toMatchObject([{ code: 'bad_gate' }]);
    expect(problemsOf(`${head}${gate}  - {id: p, role: r, after: g, handoff: {to: [x]}}\n`)).toMatchObject([
      { code: 'bad_gate' },
    ]);
    expect(problemsOf(`${head}${gate}  - {id: p, role: r, after: a}\n`)).toMatchObject([{ code: 'bad_gate' }]);
    expect(problemsOf(`${head}${gate}  - {id: p, role: r, after: g}\n`)).toEqual([]);
  });
});

describe('a workflow file made to be slow (fault 15)', () => {
  const many = (line: (n: number) => string, count: number) => Array.from({ length: count }, (_, n) => line(n)).join('');
  const documentOf = (source: string) => YamlDocument.parse(source) as YamlDocument;

  it.each([
    ['unknown keys', `${head}  - { id: a, role: r }\n${many((n) => `k${n}: 1\n`, 10_000)}`],
    ['unknown keys in a task', `${head}  - id: a\n    role: r\n${many((n) => `    k${n}: 1\n`, 7_000)}`],
    ['wrong tasks', `${head}${many((n) => `  - { id: t${n}, role: R }\n`, 5_000)}`],
    ['wrong needs', `${head}  - { id: a, role: r, needs: [${many((n) => `n${n},`, 499)}z] }\n`],
    ['repeated ids', `${head}${many(() => '  - { id: t, role: r }\n', 5_000)}`],
    ['wrong defaults', `input:\n${many((n) => `  i${n}: { type: string, default: 1 }\n`, 3_000)}${head}  - { id: a, role: r }\n`],
    ['wrong templates', `${head}  - { id: a, role: r, run: [x, "${'${{ x }}'.repeat(900)}"] }\n`],
    [
      'one long template, again and again',
      `x: &t "${'${{ x.'.repeat(1)}${'y'.repeat(7_000)} }}"\n${head}  - { id: a, role: r, input: [${'*t,'.repeat(99)}] }\n`,
    ],
  ])('has at most 100 problems, found in one look at the file: %s', (_, source) => {
    const document = documentOf(source);
    const parsed = checkDocument(document);
    if (!('problems' in parsed)) throw new Error('was accepted');
    expect(parsed.problems.length).toBeGreaterThan(0);
    expect(parsed.problems.length).toBeLessThanOrEqual(100);
    expect(document.looked).toBe(1);
    expect(JSON.stringify(parsed.problems).length).toBeLessThan(100_000);
  });

  it('makes of its templates no more than a step may be given, and stops there', () => {
    let [looked, taken] = [0, 0];
    const scope = {
      ...{ input: {}, run: { id: 'r', name: 'n' } },
      output: () => (looked++, 'x'.repeat(16_000)),
      take(characters: number) {
        if ((taken += characters) > 16_384) throw new UnresolvedReference('it has more than 16 KiB');
      },
    };
    const template = '${{ tasks.a.output }} '.repeat(350);
    expect(() => resolveText(template, scope)).toThrow('more than 16 KiB');
    expect(() =>
      resolve(
        Array.from({ length: 10_000 }, () => '${{ tasks.a.output }}'),
        scope,
      ),
    ).toThrow('more than 16 KiB');
    expect(looked).toBeLessThan(5);
  });

  it.each([
    ['NUL', String.raw`"a\0b"`, 'NUL'],
    ['half of a surrogate pair', String.raw`"\ud83d"`, 'half'],
    ['an integer whose digits would be lost', '9007199254740993', '2^53'],
    ['a number that becomes infinite', '1e400', '2^53'],
  ])('is refused where a value is %s, written as it may be (faults 1, 2 and 3)', (_, value, message) => {
    expect(problemsOf(`${head}  - id: a\n    role: r\n    input:\n      b: [1, ${value}]\n`)).toEqual([
      expect.objectContaining({ code: 'shape', path: 'tasks[0].input.b[1]', line: 7, message: expect.stringContaining(message) }),
    ]);
  });
});
