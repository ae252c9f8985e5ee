import { createHash } from 'node:crypto';

/** Numbers that systems keep for users that exist only while a service runs: no account, no file of anybody. */
const firstUid = 61_184;
const lastUid = 65_519;

/** The user that a role's commands run as where the worker is root; it is the same one every time. */
export function ownUser(role: string): number | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const hash = createHash('sha256').update(role).digest().readUInt32BE();
  return firstUid + (hash % (lastUid - firstUid + 1));
}

/** Becomes that user for good: no group, no right, none to be had back; still ended with what started it. */
export function becomeUser(uid: number | undefined): string[] {
  if (uid === undefined) return [];
  return [
    'setpriv',
    ...[`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--bounding-set=-all', '--inh-caps=-all'],
    // The kernel forgets the signal when the user changes.
    ...['--no-new-privs', '--pdeathsig', 'SIGKILL', '--'],
  ];
}
