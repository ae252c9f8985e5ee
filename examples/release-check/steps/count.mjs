// Measures a repository: files, lines and tests, by language.
import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { checkout, step, trackedFiles } from './step.mjs';

const maxBytes = 2 << 20;
const languages = {
  TypeScript: ['.ts', '.tsx', '.mts', '.cts'],
  JavaScript: ['.js', '.jsx', '.mjs', '.cjs'],
  HTML: ['.html', '.htm'],
  CSS: ['.css', '.scss', '.sass', '.less'],
  JSON: ['.json'],
  YAML: ['.yaml', '.yml'],
  Markdown: ['.md', '.mdx'],
  Python: ['.py'],
  Go: ['.go'],
  Rust: ['.rs'],
  Java: ['.java'],
  Kotlin: ['.kt', '.kts'],
  'C#': ['.cs'],
  'F#': ['.fs'],
  'C and C++': ['.c', '.h', '.cc', '.cpp', '.hpp'],
  Ruby: ['.rb'],
  PHP: ['.php'],
  Elixir: ['.ex', '.exs'],
  Swift: ['.swift'],
  Shell: ['.sh', '.bash'],
  SQL: ['.sql'],
};
const languageOf = new Map(Object.entries(languages).flatMap(([name, ends]) => ends.map((end) => [end, name])));
const testFile = /(\.|_|-)(spec|test|e2e)\.[a-z]+$|(^|\/)test_[^/]+$|(^|\/)(tests?|__tests__|spec)\//;

await step(async ({ input: { repository, commit } }) => {
  const path = await checkout(repository, commit);
  const files = await trackedFiles(path);
  console.log(`counting ${files.length} files`);
  const counts = new Map();
  let lines = 0;
  let tests = 0;
  for (const [index, file] of files.entries()) {
    const language = languageOf.get(extname(file).toLowerCase());
    if (language && !['JSON', 'YAML', 'Markdown'].includes(language) && testFile.test(file)) tests += 1;
    const inFile = await linesOf(join(path, file));
    lines += inFile;
    const count = counts.get(language ?? 'other') ?? { files: 0, lines: 0 };
    counts.set(language ?? 'other', { files: count.files + 1, lines: count.lines + inFile });
    if ((index + 1) % 500 === 0) console.log(`${index + 1} of ${files.length} files, ${lines} lines`);
  }
  const byLanguage = [...counts]
    .map(([language, count]) => ({ language, ...count }))
    .sort((a, b) => b.lines - a.lines || a.language.localeCompare(b.language))
    .slice(0, 12);
  for (const { language, files: n, lines: m } of byLanguage) console.log(`${language}: ${n} files, ${m} lines`);
  console.log(`${files.length} files, ${lines} lines, ${tests} test files`);
  return { output: { files: files.length, lines, tests, languages: byLanguage } };
});

/** 0 for what is no text. */
async function linesOf(file) {
  if ((await stat(file)).size > maxBytes) return 0;
  const bytes = await readFile(file);
  if (bytes.subarray(0, 8_000).includes(0)) return 0;
  let lines = bytes.length > 0 && bytes.at(-1) !== 10 ? 1 : 0;
  for (const byte of bytes) if (byte === 10) lines += 1;
  return lines;
}
