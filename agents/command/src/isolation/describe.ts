import { defaultLimits, type LimitWay } from '../limits/limits.js';
import type { Isolation } from './isolation.js';

/** What is in force, in plain sentences for whoever starts the product. */
export function describe(isolation: Isolation, limits: LimitWay, platform = process.platform): string {
  return `${isolated(isolation, platform)} ${limited(limits)}`;
}

function isolated(isolation: Isolation, platform: string): string {
  const { way } = isolation;
  if (way === 'none') {
    const risk = 'they can do what you can, and read the data folder and your files';
    return `Commands are NOT isolated: ${risk}. ${remedyFor(isolation, platform)}`;
  }
  const user = process.getuid?.() === 0 ? ', and each role is a user of its own' : '';
  return `Commands are isolated by ${way}: they see their workspace and what a profile grants their role, no network, no other process${user}.`;
}

/** What was found, and what to do about it. */
function remedyFor({ tried }: Isolation, platform: string): string {
  if (platform !== 'linux') return 'Isolating them needs Linux.';
  if (!tried) return 'AGENCYOS_ISOLATION is `none`: take that out to have them isolated.';
  const bubblewrap = tried.find(({ way }) => way === 'bubblewrap')?.reason ?? '';
  if (bubblewrap.startsWith('There is no program'))
    return 'bubblewrap is not there and could not be fetched: install it, and start again.';
  const said = tried.map(({ way, reason }) => `${way}: ${reason.replace(/\.$/, '')}`).join('; ');
  return `This system does not let users make namespaces (${said}). Allow user namespaces, and start again.`;
}

function limited(way: LimitWay): string {
  const { memoryBytes, processes } = defaultLimits;
  const most = `${Math.floor(memoryBytes / (1 << 20))} MiB of memory and ${processes} processes`;
  return way === 'watching'
    ? `The worker looks several times a second whether one takes more than ${most}.`
    : `By ${way} none gets more than ${most}.`;
}
