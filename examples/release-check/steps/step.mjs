// What every step does the same way: read its input, tell its result, run Git.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Something is wrong that another attempt would not mend: a code for machines, a sentence for people. */
export class Fault extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * Runs a step with the attempt's `{task, input, resume?}`; what it returns, `{output}` or `{handoff}`, is the result.
 *
 * @param {(given: {task: {role: string}, input: any, resume?: {kind: string, value: any}}) => Promise<object>} work
 */
export async function step(work) {
  const given = JSON.parse(readFileSync(process.env.AGENCYOS_INPUT, 'utf8'));
  try {
    tell(await work(given));
  } catch (error) {
    if (!(error instanceof Fault)) console.error(error.stack);
    console.error(error.message); // last, for the last line is what people see first
    if (error instanceof Fault) tell({ fault: { code: error.code, message: error.message, retryable: false } });
    process.exitCode = 1;
  }
}

function tell(result) {
  writeFileSync(process.env.AGENCYOS_RESULT, JSON.stringify(result));
}

/**
 * Git without anybody's configuration, hooks, credentials or prompts.
 *
 * @returns {Promise<string>} its standard output
 */
export async function git(cwd, ...args) {
  const config = join(process.cwd(), '.gitconfig');
  writeFileSync(config, '[safe]\n\tdirectory = *\n[core]\n\thooksPath = /dev/null\n\tquotePath = false\n');
  const env = {
    PATH: process.env.PATH,
    HOME: process.cwd(),
    LANG: 'C.UTF-8',
    GIT_CONFIG_GLOBAL: config,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'file',
  };
  try {
    const { stdout } = await execute('git', args, { cwd, env, maxBuffer: 64 << 20 });
    return stdout;
  } catch (error) {
    if (error.code === 'ENOENT') throw new Fault('git_missing', 'Git is not installed: install the package "git".');
    throw error;
  }
}

/**
 * What is committed in a repository, in a folder of this workspace. Objects stay where they are: nothing of a long
 * history is copied.
 *
 * @returns {Promise<string>} the folder
 */
export async function checkout(repository, commit) {
  const path = resolve('repository');
  await git('.', 'clone', '--quiet', '--shared', '--no-checkout', '--', repository, path);
  await git(path, 'checkout', '--quiet', '--detach', commit);
  return path;
}

/** Paths of the files under version control, without submodules and links. */
export async function trackedFiles(path) {
  const listing = await git(path, 'ls-files', '-s', '-z');
  return listing
    .split('\0')
    .filter((entry) => entry.startsWith('100'))
    .map((entry) => entry.slice(entry.indexOf('\t') + 1));
}

/** One-line text of a commit or file for Markdown and logs: nothing in it formats, links or hides. */
export function plain(text, limit = 200) {
  const oneLine = text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return cut(oneLine, limit);
}

/** Between characters: half of a surrogate pair is no text, and a result that holds one is refused. */
export function cut(text, limit) {
  const whole = text.toWellFormed();
  if (whole.length <= limit) return whole;
  const end = /[\ud800-\udbff]/.test(whole[limit - 2]) ? limit - 2 : limit - 1;
  return `${whole.slice(0, end)}…`;
}
