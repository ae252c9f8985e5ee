import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TaskOutcome } from '@agencyos/agent';
import { newId, type Resume } from '@agencyos/contracts';
import { commandHandler } from '../src/index.js';
import { licence, manifest, SampleRepository } from './sample-repository.js';

const steps = fileURLToPath(new URL('../../../examples/release-check/steps', import.meta.url));
const guard = { watch: () => undefined, release: () => undefined };
let root: string;
let lines: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'agencyos-release-'));
  lines = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const repository = () => new SampleRepository(join(root, 'sample'));
const complete = () =>
  repository().commit('feat: first version', { LICENSE: licence, 'package.json': manifest }).tag('v1.2.3');

async function run(step: string, input: unknown, handedOver?: unknown): Promise<TaskOutcome> {
  const resume: Resume | undefined =
    handedOver === undefined ? undefined : { kind: 'handoff', id: newId(), value: { value: handedOver } };
  return commandHandler({ workspaces: join(root, 'workspaces'), guard })({
    task: {
      ...{ runId: newId(), taskId: step, attempt: 1, leaseMs: 6_000, timeoutMs: 60_000 },
      role: resume ? 'reviewer' : 'check',
    },
    input: { run: ['node', join(steps, `${step}.mjs`)], input },
    ...(resume && { resume }),
    signal: new AbortController().signal,
    log: (line) => lines.push(line),
    progress: () => undefined,
  });
}

/** Members of all steps' outputs that are looked at below. */
interface StepOutput {
  path: string;
  name: string;
  tag: string | null;
  languages: object[];
  manifests: object[];
  warnings: string[];
  markdown: string;
  file: string;
  digest: string;
}

async function outputOf(step: string, input: unknown, handedOver?: unknown): Promise<StepOutput> {
  const outcome = await run(step, input, handedOver);
  if (!('output' in outcome)) throw new Error(`${step}: ${JSON.stringify(outcome)} ${lines.join('\n')}`);
  expect(Buffer.byteLength(JSON.stringify(outcome.output))).toBeLessThan(16 * 1024);
  return outcome.output as StepOutput;
}
const cloned = (source: SampleRepository) => outputOf('clone', { repository: source.path });

describe('clone', () => {
  it('copies what is committed, not what lies around', async () => {
    const source = complete().commit('fix: a thing', { 'src/a.js': 'a();\n' });
    const output = await cloned(source);
    expect(output).toMatchObject({
      name: 'sample',
      tag: 'v1.2.3',
      commits: 2,
      commit: source.git('rev-parse', 'HEAD').trim(),
    });
    expect(readFileSync(join(output['path'], 'src/a.js'), 'utf8')).toBe('a();\n');
    expect(lines.length).toBeGreaterThan(0);
  });

  it('works without tags, with one commit, and detached', async () => {
    const source = repository().commit('first', { 'a.txt': 'a' });
    source.git('checkout', '-q', '--detach');
    expect(await cloned(source)).toMatchObject({ tag: null, commits: 1 });
  });

  it.each([
    ['no_such_folder', () => '/no/such/folder'],
    ['no_such_folder', () => '--upload-pack=touch x'],
    ['not_a_repository', () => root],
    ['no_commits', () => repository().path],
  ])('says what is wrong: %s', async (code, path) => {
    const outcome = await run('clone', { repository: path() });
    expect(outcome).toMatchObject({ kind: 'failed', fault: { code, retryable: false } });
  });
});

describe('lint', () => {
  it('passes what is right, settings with comments and samples of wrong files included', async () => {
    const source = complete().commit('more', {
      'src/a.mjs': 'export const a = 1;\n',
      'tsconfig.json': '{\n  // a comment\n  "url": "http://x", /* and */ "list": [1, 2,],\n}\n',
      'test/fixtures/broken.json': '{',
      'docs/conflicts.md': '<<<<<<< ours\n=======\n>>>>>>> theirs\n',
      'src/view.js': 'const view = <p>JSX</p>;\n',
    });
    const output = await outputOf('lint', { path: (await cloned(source))['path'] });
    expect(output).toMatchObject({ json: 2, scripts: 2 });
    expect(output['warnings']).toEqual([expect.stringContaining('src/view.js: SyntaxError')]);
  });

  it.each([
    ['a.json', '{"a": }'],
    ['a.mjs', 'export const = 1;\n'],
    ['a.ts', '<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n'],
  ])('finds what is broken in %s', async (file, content) => {
    const { path } = await cloned(complete().commit('oops', { [file]: content }));
    const outcome = await run('lint', { path });
    expect(outcome).toMatchObject({ kind: 'failed', fault: { code: 'lint', retryable: false } });
    expect(JSON.stringify(outcome)).toContain(file);
  });
});

describe('count', () => {
  it('counts files, lines and tests by language', async () => {
    const { path } = await cloned(
      complete().commit('more', {
        'src/a.ts': 'a\nb\nc',
        'src/a.spec.ts': 'a\n',
        'tests/b.py': 'x\ny\n',
        'image.png': '\0\n\n\n',
        'name with "quotes" é.ts': '1\n',
      }),
    );
    const output = await outputOf('count', { path });
    expect(output).toMatchObject({ files: 7, lines: 3 + 1 + 2 + 1 + 2 + 1, tests: 2 });
    expect(output['languages'][0]).toEqual({ language: 'TypeScript', files: 3, lines: 5 });
  });
});

describe('license', () => {
  const check = async (files: Record<string, string>) =>
    outputOf('license', { path: (await cloned(repository().commit('first', files)))['path'] });

  it('recognises the licence and agrees with the manifests', async () => {
    const toml = '[package]\nlicense = "MIT OR Apache-2.0"\n';
    const output = await check({ LICENSE: licence, 'package.json': manifest, 'crate/Cargo.toml': toml });
    expect(output).toMatchObject({ license: 'Apache-2.0', file: 'LICENSE', warnings: [] });
    expect(output['manifests']).toHaveLength(2);
  });

  it('warns of what is missing or does not fit', async () => {
    expect((await check({ 'package.json': '{}' }))['warnings']).toEqual([
      'There is no LICENSE file.',
      'package.json declares no licence.',
    ]);
  });
});

describe('notes', () => {
  const input = async (source: SampleRepository) => {
    const { path, name, tag } = await cloned(source);
    return { path, name, tag };
  };

  it('groups the commits since the last tag', async () => {
    const source = complete()
      .commit('feat(api): an <b>answer</b>')
      .commit('fix: a [thing](x)')
      .commit('Something else');
    const output = await outputOf('notes', await input(source));
    expect(output).toMatchObject({ version: '1.3.0', commits: 3, breaking: [] });
    expect(output['markdown']).toMatch(
      /^# sample 1\.3\.0\n\n## Added\n\n- \*\*api:\*\* an \\<b\\>answer\\<\/b\\> \(\w+\)\n\n## Fixed\n/,
    );
    expect(output['markdown']).toContain('## Other changes\n\n- Something else');
    expect(output['markdown']).not.toContain('first version');
  });

  it.each([
    ['feat!: the answer is called reply', 'the answer is called reply'],
    [
      'fix: a thing\n\nWhy.\n\nBREAKING CHANGE: import reply\ninstead of answer.\n\nRefs: 1',
      'import reply instead of answer.',
    ],
  ])('hands a breaking change off, and the reviewer begins with it: %j', async (message, change) => {
    const given = await input(complete().commit('feat: other').commit(message));
    const handedOff = await run('notes', given);
    expect(handedOff).toMatchObject({
      kind: 'handed_off',
      toRole: 'reviewer',
      reason: '1 breaking change since v1.2.3',
    });
    const { context } = handedOff as Extract<TaskOutcome, { kind: 'handed_off' }>;
    expect(context).toMatchObject({ since: 'v1.2.3', version: '2.0.0', breaking: [{ change }] });

    const output = await outputOf('notes', given, context);
    expect(output).toMatchObject({ version: '2.0.0', commits: 2, breaking: [{ change }] });
    const headings = [...String(output['markdown']).matchAll(/^#+ .*$/gm)].map(([heading]) => heading);
    expect(headings).toEqual(['# sample 2.0.0', '## Breaking changes', '## Migration', '## Added']);
  });

  it('begins at 0.1.0 without a tag and says so when nothing has changed', async () => {
    expect(await outputOf('notes', await input(repository().commit('feat: first')))).toMatchObject({
      version: '0.1.0',
      commits: 1,
    });
    rmSync(join(root, 'sample'), { recursive: true });
    const unchanged = await outputOf('notes', await input(complete()));
    expect(unchanged['markdown']).toBe('# sample 1.2.3\n\nNothing has changed since v1.2.3.\n');
  });

  it('keeps within the limit of a result, whatever the history', async () => {
    const source = complete();
    for (let n = 0; n < 120; n++) source.commit(`feat: ${`"\\é${n} `.repeat(40)}`);
    const output = await outputOf('notes', await input(source));
    expect(output['markdown']).toMatch(/… and \d+ more lines\.\n$/);
  });
});

describe('publish', () => {
  it('prepares the release with exactly the approved notes', async () => {
    const input = { name: 'sample', version: '1.3.0', commit: 'a'.repeat(40), notes: '# sample 1.3.0\n' };
    const { file, digest } = await outputOf('publish', input);
    expect(basename(file)).toBe('NOTES.md');
    expect(readFileSync(file, 'utf8')).toBe(input.notes);
    expect(JSON.parse(readFileSync(join(file, '..', 'release.json'), 'utf8'))).toMatchObject({
      version: '1.3.0',
      notes: digest,
    });
  });
});

describe('the project itself', () => {
  it('passes its own check', async () => {
    const project = fileURLToPath(new URL('../../..', import.meta.url));
    const { path, name, tag } = await outputOf('clone', { repository: project });
    await outputOf('lint', { path });
    await outputOf('count', { path });
    await outputOf('license', { path });
    const outcome = await run('notes', { path, name, tag });
    expect(['succeeded', 'handed_off']).toContain(outcome.kind);
  });
});
