import { describe, expect, it } from '@jest/globals';
import { parseWorkflow } from './parse-workflow.js';

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
    if (!('spec' in parsed)) throw new Error(JSON.stringify(parsed.problems));
    expect(parsed.spec.nodes.map(({ id }) => id)).toEqual(['clone', 'notes']);
    expect(parsed.spec.nodes[0]).toMatchObject({
      leaseMs: 6_000,
      timeoutMs: 120_000,
      retries: 1,
      backoffMs: 1_000,
    });
    expect(parsed.spec.nodes[1]).toMatchObject({ leaseMs: 30_000, timeoutMs: 600_000, retries: 2 });
    expect(parsed.spec.roles).toEqual(['check', 'notes']);
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
    const parsed = parseWorkflow(
      `${head}  - {id: a, role: r, run: [echo, "a; rm -rf $HOME | cat > x && \`id\`"]}\n`,
    );
    expect('spec' in parsed && parsed.spec.nodes[0]).toMatchObject({
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
    expect(problemsOf(`${head}# ${'x'.repeat(300_000)}`)).toEqual([
      expect.objectContaining({ code: 'too_large' }),
    ]);
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
    ['a merge', `a: &a {x: 1}\nb: {<<: *a}\n`, 'the key "<<" is not allowed'],
    ['open brackets', '['.repeat(100_000), 'more than 64 brackets are open'],
    ['nested lists', '- '.repeat(100_000), 'nested too deeply'],
    ['NUL', 'workflow: a\0b', 'NUL'],
    ['a prototype key', '__proto__: {x: 1}\n', 'the key "__proto__" is not allowed'],
    ['a repeated key', 'workflow: a\nworkflow: b\n', 'stands here twice'],
  ])('refuses %s before it is read any further', (_, source, message) => {
    expect(problemsOf(source)).toEqual([
      expect.objectContaining({ code: 'yaml', message: expect.stringContaining(message) }),
    ]);
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
    expect(problemsOf(`${head}${gate}  - {id: p, role: r, after: g, needs: [a, g]}\n`)).toMatchObject([
      { code: 'bad_gate' },
    ]);
    expect(problemsOf(`${head}${gate}  - {id: p, role: r, after: g, handoff: {to: [x]}}\n`)).toMatchObject([
      { code: 'bad_gate' },
    ]);
    expect(problemsOf(`${head}${gate}  - {id: p, role: r, after: a}\n`)).toMatchObject([
      { code: 'bad_gate' },
    ]);
    expect(problemsOf(`${head}${gate}  - {id: p, role: r, after: g}\n`)).toEqual([]);
  });
});
