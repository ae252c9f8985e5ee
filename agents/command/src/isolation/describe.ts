import type { Isolation } from './isolation.js';

/** What is in force, in a sentence for whoever starts the product. */
export function describe({ way }: Isolation): string {
  const root = process.getuid?.() === 0;
  if (way === 'none') {
    return `Commands are NOT isolated here: they run with all rights of the user who started this, and may read the data folder. ${remedy()}`;
  }
  const as = root ? ', each role as a user of its own' : '';
  return `Commands are isolated by ${way}${as}: they see neither the data folder nor homes, other workspaces or the network, unless a profile says so.`;
}

function remedy(): string {
  if (process.platform !== 'linux') return 'This needs Linux.';
  return 'Install bubblewrap, and let ordinary users make user namespaces, to have them isolated.';
}
