// Writes release notes. In the role that only writes, a breaking change is handed off to a reviewer; the reviewer's
// notes begin with what breaks and tell how to migrate.
import { writeFile } from 'node:fs/promises';
import { commitsSince, nextVersion } from './history.mjs';
import { cut, step } from './step.mjs';

/** Of the notes to be read: the whole action that is approved has to stay below 16 KiB of JSON. */
const maxMarkdownBytes = 10 * 1024;
const groups = [
  ['feat', 'Added'],
  ['fix', 'Fixed'],
  ['perf', 'Faster'],
  ['revert', 'Reverted'],
  ['docs', 'Documentation'],
];

await step(async ({ task, input: { repository, commit, name, tag }, resume }) => {
  const commits = await commitsSince(repository, tag, commit);
  const breaking = commits.filter((commit) => commit.breaking !== undefined);
  const version = nextVersion(tag, commits);
  console.log(`${commits.length} commits since ${tag ?? 'the beginning'}: next version ${version}`);
  const listed = breaking.slice(0, 20).map((commit) => ({ hash: commit.hash, change: cut(commit.breaking, 200) }));

  if (breaking.length > 0 && resume?.kind !== 'handoff') {
    for (const { hash, change } of listed) console.log(`breaking: ${change} (${hash})`);
    const reason = `${breaking.length} breaking ${breaking.length === 1 ? 'change' : 'changes'} since ${tag ?? 'the beginning'}`;
    return { handoff: { toRole: 'reviewer', reason, context: { since: tag, version, breaking: listed } } };
  }

  if (breaking.length > 0)
    console.log(`reviewing as ${task.role}: ${resume.value?.breaking?.length ?? 0} breaking changes handed over`);
  const text = notes({ name, version, tag, commits, breaking });
  await writeFile('NOTES.md', text); // whole; who approves reads as much as fits into a request
  const markdown = wholeLines(text);
  console.log(`notes written: ${text.split('\n').length} lines`);
  const count = (type) => commits.filter((commit) => commit.type === type).length;
  const summary =
    `${name} ${version}: ${commits.length} commits since ${tag ?? 'the beginning'}, ` +
    `${count('feat')} added, ${count('fix')} fixed, ${breaking.length} breaking.`;
  return { output: { version, summary, markdown, commits: commits.length, breaking: listed } };
});

function notes({ name, version, tag, commits, breaking }) {
  const lines = [`# ${markdownText(name)} ${version}`, ''];
  if (breaking.length > 0) {
    lines.push('## Breaking changes', '', ...breaking.map(entry), '', '## Migration', '');
    lines.push(...breaking.map((commit) => `- ${markdownText(commit.breaking)} (${commit.hash})`), '');
  }
  const rest = commits.filter((commit) => commit.breaking === undefined);
  for (const [type, title] of groups) {
    const own = rest.filter((commit) => commit.type === type);
    if (own.length > 0) lines.push(`## ${title}`, '', ...own.map(entry), '');
  }
  const others = rest.filter(({ type }) => !groups.some(([known]) => known === type));
  if (others.length > 0) lines.push('## Other changes', '', ...others.map(entry), '');
  if (commits.length === 0) lines.push(`Nothing has changed since ${tag}.`, '');
  return lines.join('\n');
}

function entry({ hash, scope, subject }) {
  return `- ${scope ? `**${markdownText(scope)}:** ` : ''}${markdownText(subject)} (${hash})`;
}

/** Text that stays text: whoever writes a commit message writes no markup into the notes. */
function markdownText(text) {
  return text.replace(/[\\`*_[\]<>|#]/g, (character) => `\\${character}`);
}

/** As many as fit. */
function wholeLines(markdown) {
  const lines = markdown.split('\n');
  let left = lines.length;
  while (Buffer.byteLength(JSON.stringify(lines.slice(0, left).join('\n'))) > maxMarkdownBytes) left -= Math.ceil(left / 50);
  if (left === lines.length) return markdown;
  return [...lines.slice(0, left), '', `… and ${lines.length - left} more lines.`, ''].join('\n');
}
