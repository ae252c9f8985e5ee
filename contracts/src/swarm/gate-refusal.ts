import { fitText } from '../core/limited.js';
import type { Text } from '../core/scalars.js';

const WORDS: Record<string, string> = {
  expired: 'Nobody decided in time',
  withdrawn: 'The request was withdrawn',
  superseded: 'A newer request took its place',
  revoked: 'The approval was taken back',
  unavailable: 'Nobody could be asked',
  digest_changed: 'What was approved has changed meanwhile',
};

/** What became of a gate that did not open, in a sentence; `name` is that of who decided, where it is known. */
export function gateRefusal(
  { outcome, by, reason }: { outcome: string; by?: string | undefined; reason?: string | undefined },
  name = by?.startsWith('user:') ? 'a person' : undefined,
): Text {
  const words = outcome === 'rejected' ? `Rejected${name ? ` by ${name}` : ''}` : WORDS[outcome];
  return fitText(`${words ?? `The approval ended: ${outcome.replaceAll('_', ' ')}`}${reason ? `: ${reason}` : ''}`);
}
