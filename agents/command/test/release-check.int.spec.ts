import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TaskOutcome } from '@agencyos/agent';
import { newId, type Content, type Resume } from '@agencyos/contracts';
import { readTar } from '../src/files/tar.js';
import { commandHandler } from '../src/index.js';
import { MemoryStore } from './memory-store.js';
import { licence, manifest, SampleRepository } from './sample-repository.js';

const steps = fileURLToPath(new URL('../../../examples/release-check/steps', import.meta.url));
const guard = { watch: () => undefined, release: () => undefined };
let root: string;
let lines: string[];
let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
  root = mkdtempSync(join(tmpdir(), 'agencyos-release-'));
  lines = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const repository = () => new SampleRepository(join(root, 'sample'));
const complete = () => repository().commit('feat: first version', { LICENSE: licence, 'package.json': manifest }).tag('v1.2.3');

/** What the workflow has each step produce. */
const produces: Record<string, Record<string, string>> = {
  clone: { steps: 'steps' },
  notes: { 'NOTES.md': 'NOTES.md' },
  publish: { release: 'release' },
};

async function run(step: string, input: unknown, handedOver?: unknown, uses?: Record<string, Content>): Promise<TaskOutcome> {
  const resume: Resume | undefined =
    handedOver === undefined ? undefined : { kind: 'handoff', id: newId(), value: { value: handedOver } };
  return commandHandler({ workspaces: join(root, 'workspaces'), guard, content: store })({
    task: {
      ...{ runId: newId(), taskId: step, attempt: 1, leaseMs: 6_000, timeoutMs: 60_000 },
      role: resume ? 'reviewer' : 'check',
    },
    input: { run: ['node', join(steps, `${step}.mjs`)], input, uses, produces: produces[step] },
    ...(resume && { resume }),
    signal: new AbortController().signal,
    log: (line) => lines.push(line),
    progress: () => undefined,
  });
}

/** Members of all steps' outputs that are looked at below. */
interface StepOutput {
  commit: string;
  name: string;
  tag: string | null;
  languages: object[];
  manifests: object[];
  warnings: string[];
  markdown: string;
  digest: string;
}

async function outputOf(step: string, input: unknown, handedOver?: unknown): Promise<StepOutput> {
  const outcome = await run(step, input, handedOver);
  if (!('output' in outcome)) throw new Error(`${step}: ${JSON.stringify(outcome)} ${lines.join('\n')}`);
  expect(Buffer.byteLength(JSON.stringify(outcome.output))).toBeLessThan(16 * 1024);
  return outcome.output as StepOutput;
}
const cloned = (source: SampleRepository) => outputOf('clone', { repository: source.path });
/** What the workflow gives the checks. */
async function checked({ path: repository }: SampleRepository) {
  const { commit } = await outputOf('clone', { repository });
  return { repository, commit };
}
const filesOf = (outcome: TaskOutcome, name: string) => {
  const file = outcome.kind === 'succeeded' && outcome.artifacts?.find((one) => one.name === name);
  if (!file) throw new Error(`${name} is missing: ${JSON.stringify(outcome)}`);
  return store.contents.get(file.digest)!;
};

describe('clone', () => {
  it('knows what is committed, and keeps the steps', async () => {
    const source = complete().commit('fix: a thing', { 'src/a.js': 'a();\n' });
    const outcome = await run('clone', { repository: source.path });
    expect(outcome).toMatchObject({
      output: {
        name: 'sample',
        tag: 'v1.2.3',
        commits: 2,
        commit: source.git('rev-parse', 'HEAD').trim(),
      },
    });
    const kept = readTar(filesOf(outcome, 'steps'));
    expect(kept.find(({ path }) => path === 'publish.mjs')).toMatchObject({
      bytes: readFileSync(join(steps, 'publish.mjs')),
    });
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
    writeFileSync(join(source.path, 'lies-around.json'), '{');
    const output = await outputOf('lint', await checked(source));
    expect(output).toMatchObject({ json: 2, scripts: 2 });
    expect(output['warnings']).toEqual([expect.stringContaining('src/view.js: SyntaxError')]);
  });

  it.each([
    ['a.json', '{"a": }'],
    ['a.mjs', 'export const = 1;\n'],
    ['a.ts', '<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n'],
  ])('finds what is broken in %s', async (file, content) => {
    const outcome = await run('lint', await checked(complete().commit('oops', { [file]: content })));
    expect(outcome).toMatchObject({ kind: 'failed', fault: { code: 'lint', retryable: false } });
    expect(JSON.stringify(outcome)).toContain(file);
  });
});

describe('count', () => {
  it('counts files, lines and tests by language', async () => {
    const given = await checked(
      complete().commit('more', {
        'src/a.ts': 'a\nb\nc',
        'src/a.spec.ts': 'a\n',
        'tests/b.py': 'x\ny\n',
        'image.png': '\0\n\n\n',
        'name with "quotes" é.ts': '1\n',
      }),
    );
    const output = await outputOf('count', given);
    expect(output).toMatchObject({ files: 7, lines: 3 + 1 + 2 + 1 + 2 + 1, tests: 2 });
    expect(output['languages'][0]).toEqual({ language: 'TypeScript', files: 3, lines: 5 });
  });
});

describe('license', () => {
  const check = async (files: Record<string, string>) => outputOf('license', await checked(repository().commit('first', files)));

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
    const { commit, name, tag } = await cloned(source);
    return { repository: source.path, commit, name, tag };
  };

  it('groups the commits since the last tag', async () => {
    const source = complete().commit('feat(api): an <b>answer</b>').commit('fix: a [thing](x)').commit('Something else');
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
    ['fix: a thing\n\nWhy.\n\nBREAKING CHANGE: import reply\ninstead of answer.\n\nRefs: 1', 'import reply instead of answer.'],
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

  it('gives as much to read as a request holds, whatever the history, and the whole as a file', async () => {
    const source = complete();
    for (let n = 0; n < 120; n++) source.commit(`feat: ${`"\\é${n} `.repeat(40)}`);
    const outcome = await run('notes', await input(source));
    expect(outcome).toMatchObject({
      output: { markdown: expect.stringMatching(/… and \d+ more lines\.\n$/) },
    });
    expect(Buffer.from(filesOf(outcome, 'NOTES.md')).toString().match(/^- /gm)).toHaveLength(120);
  });
});

describe('publish', () => {
  it('prepares the release with exactly the approved notes', async () => {
    const notes = await store.put('# sample 1.3.0\n', 'text/markdown');
    const input = { name: 'sample', version: '1.3.0', commit: 'a'.repeat(40), notes: 'uses/NOTES.md' };
    const outcome = await run('publish', input, undefined, { 'NOTES.md': notes });
    expect(outcome).toMatchObject({ output: { digest: notes.digest } });
    const released = new Map(
      readTar(filesOf(outcome, 'release')).map((entry) => [
        entry.path,
        entry.kind === 'file' && Buffer.from(entry.bytes).toString(),
      ]),
    );
    expect(released.get('NOTES.md')).toBe('# sample 1.3.0\n');
    expect(JSON.parse(released.get('release.json') as string)).toMatchObject({
      version: '1.3.0',
      notes: notes.digest,
    });
  });
});

describe('publish in a run that release 0.1.0 began (fault 10)', () => {
  it('takes the notes that were approved with it', async () => {
    const text = '# sample 1.3.0\n\n## Added\n';
    const outcome = await run('publish', { name: 'sample', version: '1.3.0', commit: 'a'.repeat(40), notes: text });
    const released = readTar(filesOf(outcome, 'release'));
    const notes = released.find(({ path }) => path === 'NOTES.md');
    expect(notes?.kind === 'file' && Buffer.from(notes.bytes).toString()).toBe(text);
  });
});

describe('the project itself', () => {
  it('passes its own check', async () => {
    const project = fileURLToPath(new URL('../../..', import.meta.url));
    const { commit, name, tag } = await outputOf('clone', { repository: project });
    const given = { repository: project, commit };
    await outputOf('lint', given);
    await outputOf('count', given);
    await outputOf('license', given);
    const outcome = await run('notes', { ...given, name, tag });
    expect(['succeeded', 'handed_off']).toContain(outcome.kind);
  });
});
