import type { WaitingVote } from '@agencyos/contracts';

/** What waits for somebody's vote, in a sentence or two; where nothing does, that too. */
export function waitingWords(waiting: readonly WaitingVote[]): string {
  if (waiting.length === 0) return 'Nothing waits for their vote.';
  const titles = (list: readonly WaitingVote[]) => list.map(({ title }) => title).join('; ');
  const alone = waiting.filter((one) => one.alone);
  const others = waiting.filter((one) => !one.alone);
  return [
    ...(alone.length > 0 ? [`Nobody else may decide: ${titles(alone)}.`] : []),
    ...(others.length > 0 ? [`Others may decide instead: ${titles(others)}.`] : []),
  ].join(' ');
}
