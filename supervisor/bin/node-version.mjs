// Read by any Node.js since 12: no newer syntax here nor in what this imports, and nothing but this is imported
// before the check. A module that is too new for a Node.js ends in a stack trace before anything of it runs.
import { failed } from './progress.mjs';

/** In one sentence why nothing of this project runs on that Node.js, or undefined. */
export function nodeProblem(version = process.versions.node, platform = process.platform) {
  if (platform === 'win32') {
    return 'Windows itself is not supported: run it inside WSL (https://aka.ms/wsl).';
  }
  // only for Linux there is a packaged Node.js with which an older one can go on
  const oldest = platform === 'darwin' ? 24 : 20;
  if (Number(version.split('.')[0]) >= oldest) return undefined;
  return `Node.js ${oldest} or newer is needed, this is ${version}: install it from https://nodejs.org.`;
}

/** Ends this process with that sentence. */
export function checkNode() {
  const problem = nodeProblem();
  if (problem === undefined) return;
  failed(problem);
  process.exit(1);
}
