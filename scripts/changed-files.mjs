// What a branch has changed, for commands that look at no more than that.
import { execFileSync } from 'node:child_process';

/** The commit where this branch left the main one; where there is none, the last one. */
export function startOfBranch(root) {
  for (const main of ['origin/main', 'main']) {
    const [base] = git(root, 'merge-base', 'HEAD', main);
    if (base) return base;
  }
  return 'HEAD';
}

/** Files that changed since a commit, in later ones or not committed yet; also those that are gone. */
export const changedFiles = (root, since) => [
  ...git(root, 'diff', '--name-only', since),
  ...git(root, 'ls-files', '--others', '--exclude-standard'),
];

/** @returns {string[]} its lines, none where git refuses */
function git(root, ...args) {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')
      .filter(Boolean);
  } catch {
    return [];
  }
}
