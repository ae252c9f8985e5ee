import { defaultLimits, type LimitWay } from '../limits/limits.js';
import type { IsolationWay } from './isolation.js';

/** What is in force, in plain sentences for whoever starts the product. */
export function describe(way: IsolationWay, limits: LimitWay, platform = process.platform): string {
  return `${isolated(way, platform)} ${limited(limits)}`;
}

function isolated(way: IsolationWay, platform: string): string {
  if (way === 'none') {
    const remedy =
      platform === 'linux'
        ? 'Install bubblewrap and let users make user namespaces, to have them isolated.'
        : 'Isolating them needs Linux.';
    return `Commands are NOT isolated: they can do what you can, and read the data folder and your files. ${remedy}`;
  }
  const user = process.getuid?.() === 0 ? ', and each role is a user of its own' : '';
  return `Commands are isolated by ${way}: they see their workspace and what a profile grants their role, no network, no other process${user}.`;
}

function limited(way: LimitWay): string {
  const { memoryBytes, processes } = defaultLimits;
  const most = `${Math.floor(memoryBytes / (1 << 20))} MiB of memory and ${processes} processes`;
  return way === 'watching'
    ? `The worker looks several times a second whether one takes more than ${most}.`
    : `By ${way} none gets more than ${most}.`;
}
