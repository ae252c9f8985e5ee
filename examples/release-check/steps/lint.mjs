// Finds files that cannot be right: merge conflicts left in, JSON that does not parse, scripts with syntax errors.
import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout, Fault, git, step, trackedFiles } from './step.mjs';

const maxScripts = 60;
const maxBytes = 1 << 20;
/** Wrong on purpose, or written for somebody else's parser. */
const samples = /(^|\/)(__)?(fixtures?|testdata|snapshots?)(__)?\//;

await step(async ({ input: { repository, commit } }) => {
  const path = await checkout(repository, commit);
  const files = (await trackedFiles(path)).filter((file) => !samples.test(file));
  const errors = [];
  const warnings = [];

  console.log(`${files.length} files: looking for conflict markers`);
  errors.push(...(await conflicts(path, files)));

  const json = files.filter((file) => /\.(json|webmanifest)$/.test(file));
  console.log(`parsing ${json.length} JSON files`);
  for (const file of json) {
    const fault = await jsonFault(join(path, file));
    if (fault) errors.push(`${file}: ${fault}`);
  }

  const scripts = evenly(
    files.filter((file) => /\.(mjs|cjs|js)$/.test(file) && !/\.min\./.test(file)),
    maxScripts,
  );
  console.log(`checking the syntax of ${scripts.length} scripts`);
  let checked = 0;
  await inParallel(2, scripts, async (file) => {
    const fault = await syntaxFault(join(path, file));
    // A plain .js may be for a compiler (JSX, types) and still be right.
    if (fault) (file.endsWith('.js') ? warnings : errors).push(`${file}: ${fault}`);
    if (++checked % 25 === 0) console.log(`${checked} of ${scripts.length} scripts checked`);
  });

  for (const warning of warnings) console.log(`warning: ${warning}`);
  for (const error of errors) console.error(error);
  if (errors.length > 0) {
    throw new Fault('lint', `${errors.length} broken ${errors.length === 1 ? 'file' : 'files'}, first: ${errors[0]}`);
  }
  console.log('nothing is broken');
  const counted = { files: files.length, json: json.length, scripts: scripts.length };
  return { output: { ...counted, warnings: warnings.slice(0, 20) } };
});

/** A file with both ends of a conflict; documents may show one. */
async function conflicts(path, files) {
  const having = async (marker) => {
    const found = await git(path, 'grep', '-z', '-l', '-I', '-E', `^${marker} `).catch(() => ''); // 1: none
    return new Set(found.split('\0').filter(Boolean));
  };
  const [begun, ended] = await Promise.all([having('<<<<<<<'), having('>>>>>>>')]);
  return files
    .filter((file) => begun.has(file) && ended.has(file) && !/\.(md|adoc|rst|txt)$/.test(file))
    .map((file) => `${file}: holds conflict markers`);
}

async function jsonFault(file) {
  const text = await contentOf(file);
  if (text === undefined || text.trim() === '') return undefined;
  try {
    JSON.parse(text);
  } catch (error) {
    // Editors' and compilers' settings are JSON with comments and trailing commas.
    try {
      JSON.parse(withoutComments(text));
    } catch {
      return error.message.split('\n')[0];
    }
  }
  return undefined;
}

function withoutComments(text) {
  return text
    .replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (token) => (token.startsWith('"') ? token : ''))
    .replace(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g, (token) => (token === ',' ? '' : token));
}

function syntaxFault(file) {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--check', file], { timeout: 20_000 }, (error, _, stderr) => {
      resolve(error ? (/^\w*Error: .*$/m.exec(stderr)?.[0] ?? 'cannot be parsed') : undefined);
    });
  });
}

async function contentOf(file) {
  const { size } = await stat(file);
  return size > maxBytes ? undefined : readFile(file, 'utf8');
}

/** At most `limit` items, spread over the whole list. */
function evenly(items, limit) {
  if (items.length <= limit) return items;
  return Array.from({ length: limit }, (_, n) => items[Math.floor((n * items.length) / limit)]);
}

async function inParallel(width, items, work) {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    }),
  );
}
