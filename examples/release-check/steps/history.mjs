// Reads a history written as Conventional Commits.
import { git, plain } from './step.mjs';

const maxCommits = 1_000;

/**
 * The commits after `tag` (all, without one) up to `commit`, newest first.
 *
 * @returns {Promise<{hash: string, type: string, scope?: string, subject: string, breaking?: string}[]>}
 *   `breaking`: what it breaks, in the author's words
 */
export async function commitsSince(repository, tag, commit) {
  const range = tag ? [`${tag}..${commit}`] : [commit];
  const log = await git(
    repository,
    'log',
    '--no-merges',
    '-n',
    String(maxCommits),
    '--format=%h%x1f%s%x1f%b%x1e',
    ...range,
    '--',
  );
  return log
    .split('\x1e')
    .map((entry) => entry.trimStart())
    .filter(Boolean)
    .map((entry) => parseCommit(...entry.split('\x1f')));
}

export function parseCommit(hash, title, body = '') {
  const conventional = /^([a-z]+)(?:\(([^)]*)\))?(!)?:\s+(.+)$/i.exec(title);
  const [, type = 'other', scope, mark, subject = title] = conventional ?? [];
  const footer = /^BREAKING[ -]CHANGE:\s*([\s\S]*?)(?:\n\s*\n|\n[A-Za-z-]+: |(?![\s\S]))/m.exec(body)?.[1];
  const breaking = footer ?? (mark ? subject : undefined);
  return {
    hash,
    type: type.toLowerCase(),
    subject: plain(subject),
    ...(scope && { scope: plain(scope, 40) }),
    ...(breaking !== undefined && { breaking: plain(breaking, 500) }),
  };
}

/** The version after `tag` by Semantic Versioning; 0.1.0 when there is none to go on from. */
export function nextVersion(tag, commits) {
  const match = /(\d+)\.(\d+)\.(\d+)/.exec(tag ?? '');
  if (!match) return '0.1.0';
  const [major, minor, patch] = match.slice(1).map(Number);
  const breaks = commits.some(({ breaking }) => breaking !== undefined);
  const adds = commits.some(({ type }) => type === 'feat');
  // Before 1.0.0 the second number stands for breaking changes.
  if (breaks) return major > 0 ? `${major + 1}.0.0` : `0.${minor + 1}.0`;
  if (adds) return `${major}.${minor + 1}.0`;
  return commits.length > 0 ? `${major}.${minor}.${patch + 1}` : `${major}.${minor}.${patch}`;
}
